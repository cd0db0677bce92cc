"""What the tests that run `train` share: a folder, a tiny data set, a net."""

import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(sys.argv.pop()) if len(sys.argv) > 1 else pathlib.Path(
    "build/tools")

# Everything that could make two runs differ: shuffling, random crops and
# mirroring, dropout.
NET = """
name: "tiny"
layer { name: "data" type: "Data" top: "data" top: "label"
  include { phase: TRAIN }
  transform_param { crop_size: 10 mirror: true scale: 0.00390625 }
  data_param { source: "digits_lmdb" backend: LMDB batch_size: 16
    shuffle: true } }
layer { name: "data" type: "Data" top: "data" top: "label"
  include { phase: TEST }
  transform_param { crop_size: 10 scale: 0.00390625 }
  data_param { source: "digits_lmdb" backend: LMDB batch_size: 20 } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 6 kernel_size: 3
    weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "fc1" type: "InnerProduct" bottom: "pool" top: "fc1"
  inner_product_param { num_output: 24 weight_filler { type: "xavier" } } }
layer { name: "drop" type: "Dropout" bottom: "fc1" top: "fc1" }
layer { name: "fc2" type: "InnerProduct" bottom: "fc1" top: "fc2"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "accuracy" type: "Accuracy" bottom: "fc2" bottom: "label"
  top: "accuracy" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc2" bottom: "label"
  top: "loss" }
"""

SOLVER = """
net: "net.prototxt"
base_lr: 0.05 lr_policy: "inv" gamma: 0.001 power: 0.75
momentum: 0.9 weight_decay: 0.001
iter_size: 2 average_loss: 5
test_iter: 3 test_interval: 25
random_seed: 11
solver_mode: CPU
"""


def write_digits(folder, images=210, size=12, classes=4):
    """Noise with a bright bar whose place is the class, in MNIST's format."""
    rng = random.Random(1)
    labels = bytes(i % classes for i in range(images))
    pixels = bytearray()
    for label in labels:
        for y in range(size):
            bright = y // (size // classes) == label
            pixels += bytes(
                rng.randrange(128, 256) if bright else rng.randrange(128)
                for _ in range(size))
    (folder / "images").write_bytes(
        struct.pack(">IIII", 0x803, images, size, size) + pixels)
    (folder / "labels").write_bytes(
        struct.pack(">II", 0x801, images) + labels)


class TrainingTest(unittest.TestCase):
    """Each test works in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp())
        write_digits(cls.shared)
        subprocess.run(
            [TOOLS.resolve() / "convert_idx", "images", "labels",
             "digits_lmdb"],
            cwd=cls.shared, check=True, capture_output=True)
        (cls.shared / "net.prototxt").write_text(NET)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        for name in ["digits_lmdb", "net.prototxt"]:
            (self.folder / name).symlink_to(self.shared / name)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def solver(self, text, name="solver"):
        """Writes a solver file whose snapshots are called by its name."""
        (self.folder / f"{name}.prototxt").write_text(SOLVER + text)
        return f"--solver={name}.prototxt"

    def edit(self, name, old, new, to=None):
        """Replaces text in a file, or in a copy called `to`."""
        text = (self.folder / name).read_text()
        self.assertIn(old, text)
        (self.folder / (to or name)).write_text(text.replace(old, new))

    def start(self, *flags, **options):
        return subprocess.Popen(
            [TOOLS.resolve() / "train", "--threads=1", *flags],
            cwd=self.folder, stderr=subprocess.PIPE, text=True, **options)

    def train(self, *flags, code=0, **options):
        """Runs to the end; returns what was written to stderr."""
        process = self.start(*flags, **options)
        _, log = process.communicate(timeout=300)
        self.assertEqual(process.returncode, code, log)
        return log

    def refuse(self, *flags, **options):
        """Runs into an error; returns its sentence, the last line."""
        lines = self.train(*flags, code=1, **options).splitlines()
        self.assertTrue(lines, "no sentence on stderr")
        return lines[-1]

    def read_until(self, process, text):
        """Reads the log up to a line with this text."""
        for line in process.stderr:
            if text in line:
                return line
        process.wait()
        raise AssertionError(f"the log ended without {text!r}")

    def bytes_of(self, name):
        return (self.folder / name).read_bytes()

    def assertSameFile(self, a, b):
        self.assertTrue(self.bytes_of(a) == self.bytes_of(b),
                        f"{a} and {b} differ")

    def files(self):
        """What was written besides the solvers."""
        return sorted(
            p.name for p in self.folder.iterdir()
            if not p.is_symlink() and p.suffix != ".prototxt")
