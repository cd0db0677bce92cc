"""alexnet_paper computes what the paper says, as NumPy computes it from there."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from programs import SOURCE, ProgramTest  # noqa: E402

try:
    import numpy as np
except ImportError:
    np = None

# Layer: shape of the weights.
SHAPES = {
    "conv1": (96, 3, 11, 11), "conv2": (256, 48, 5, 5),
    "conv3": (384, 256, 3, 3), "conv4": (384, 192, 3, 3),
    "conv5": (256, 192, 3, 3), "fc6": (4096, 9216), "fc7": (4096, 4096),
    "fc8": (1000, 4096),
}


def windows(x, kernel, stride):
    """C x H x W -> C x H' x W' x kernel x kernel."""
    view = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (1, 2))
    return view[:, ::stride, ::stride]


def convolve(x, w, b, stride=1, pad=0, groups=1):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    tops = [np.tensordot(kernels, windows(part, w.shape[2], stride),
                         ((1, 2, 3), (0, 3, 4)))
            for part, kernels in zip(np.split(x, groups), np.split(w, groups))]
    return np.concatenate(tops) + b[:, None, None]


def relu(x):
    return np.maximum(x, 0)


def normalize(x):
    """x / (2 + 1e-4 * sum of squares over five channels) ^ 0.75."""
    squares = np.pad(x * x, ((2, 2), (0, 0), (0, 0)))
    total = sum(squares[i:i + len(x)] for i in range(5))
    return x / (2 + 1e-4 * total) ** 0.75


def pool(x):
    return windows(x, 3, 2).max((3, 4))


def forward(x, weights, biases):
    """The scores of one image's classes; all in double precision."""
    def conv(name, x, **how):
        return relu(convolve(x, weights[name], biases[name], **how))

    x = pool(normalize(conv("conv1", x, stride=4, pad=2)))
    x = pool(normalize(conv("conv2", x, pad=2, groups=2)))
    x = conv("conv3", x, pad=1)
    x = conv("conv4", x, pad=1, groups=2)
    x = pool(conv("conv5", x, pad=1, groups=2)).ravel()
    for name in "fc6", "fc7":
        x = relu(weights[name] @ x + biases[name])
    return weights["fc8"] @ x + biases["fc8"]


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@unittest.skipIf(np is None, "python3-numpy is not installed")
class AlexnetPaper(ProgramTest):
    def test_the_net_for_use_computes_what_numpy_does(self):
        rng = np.random.default_rng(1)
        weights, biases = {}, {}
        for name, shape in SHAPES.items():
            # Scaled so that signals neither fade nor grow, and classes differ.
            spread = (2 / np.prod(shape[1:])) ** 0.5
            if name == "fc8":
                spread /= 10  # scores of a few units, not dozens
            weights[name] = rng.normal(0, spread, shape).astype("<f4")
            biases[name] = rng.normal(0, 0.1, shape[0]).astype("<f4")
            self.save(f"in/param/{name}/0", weights[name])
            self.save(f"in/param/{name}/1", biases[name])
        images = rng.uniform(-128, 128, (2, 3, 224, 224)).astype("<f4")
        self.save("in/in/data", images)
        model = SOURCE / "models/alexnet_paper/deploy.prototxt"
        self.run_program("run_net", f"--model={model}", "--in=in", "--out=out",
                         "--phase=TEST")
        scores = np.array([forward(image.astype(float), weights, biases)
                           for image in images])
        self.compare("fc8", scores, 1e-4 * np.abs(scores).max())
        self.compare("prob", softmax(scores), 1e-4)
        # Otherwise the probabilities would tell nothing.
        self.assertLess(softmax(scores).max(), 0.9)
        self.assertGreater(softmax(scores).max(), 0.01)

    def compare(self, blob, wanted, most):
        found = np.load(self.folder / f"out/data/{blob}.npy")
        self.assertLess(np.abs(found - wanted).max(), most)

    def save(self, name, values):
        path = self.folder / (name + ".npy")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, values)


if __name__ == "__main__":
    if np is None:
        print("skipped: python3-numpy is not installed")
    unittest.main()
