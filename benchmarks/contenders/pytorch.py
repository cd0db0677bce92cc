"""PyTorch's part in benchmarks/compare, which says what is asked of a contender.

AlexNet and LeNet as models/ has them, in the fastest formulations known:
normalization across channels as a product with a band matrix, parameters updated
all in one call, and the memory format that --check finds to be the faster one.
"""

import json
import pathlib
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

CHECKED_STEPS = 3
CHECKED_VALUES = 4000

ALPHA, BETA, SIZE = 1e-4, 0.75, 5


def band(channels, dtype):
    at = torch.arange(channels)
    near = (at[:, None] - at[None, :]).abs() <= SIZE // 2
    return near.to(dtype).view(channels, channels, 1, 1)


BANDS = {}


def sum_of_neighbours(x):
    key = x.shape[1], x.dtype
    if key not in BANDS:
        BANDS[key] = band(*key)
    return F.conv2d(x, BANDS[key])


def power(scale):
    root = scale.rsqrt()
    return root * root.sqrt()  # scale ** -0.75


class Normalize(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        scale = sum_of_neighbours(x * x).mul_(ALPHA / SIZE).add_(1)
        y = x * power(scale)
        context.save_for_backward(x, y, scale)
        return y

    @staticmethod
    def backward(context, dy):
        x, y, scale = context.saved_tensors
        sums = sum_of_neighbours((dy * y).div_(scale))
        return torch.addcmul(dy * power(scale), x, sums,
                             value=-2 * ALPHA * BETA / SIZE)


def lrn(x, stock):
    if stock:
        return F.local_response_norm(x, SIZE, ALPHA, BETA, 1.0)
    if torch.is_grad_enabled():
        return Normalize.apply(x)
    return x * power(sum_of_neighbours(x * x) * (ALPHA / SIZE) + 1)


class AlexNet(nn.Module):
    def __init__(self, stock):
        super().__init__()
        self.stock = stock
        self.conv1 = nn.Conv2d(3, 96, 11, 4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(9216, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)

    def forward(self, x):
        for layer in (self.conv1, self.conv2):
            x = lrn(F.relu(layer(x), inplace=True), self.stock)
            x = F.max_pool2d(x, 3, 2)
        for layer in (self.conv3, self.conv4, self.conv5):
            x = F.relu(layer(x), inplace=True)
        x = F.max_pool2d(x, 3, 2).flatten(1)
        for layer in (self.fc6, self.fc7):
            x = F.relu(layer(x), inplace=True)
            x = F.dropout(x, 0.5, self.training)
        return self.fc8(x)


class LeNet(nn.Module):
    def __init__(self, _):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.ip1 = nn.Linear(800, 500)
        self.ip2 = nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2).flatten(1)
        return self.ip2(F.relu(self.ip1(x), inplace=True))


# Learning rate and decay of biases, as multiples of the weights'.
NETS = {"alexnet": (AlexNet, 2, 0), "lenet": (LeNet, 2, 1)}


class Work:
    """What is timed, step by step."""

    def __init__(self, asked, formulation):
        self.asked = asked
        self.stock = formulation == "stock"
        kind, bias_rate, bias_decay = NETS[asked["net"]]
        torch.manual_seed(0)
        self.net = kind(self.stock)
        self.images = torch.from_numpy(self.read("data"))
        self.labels = torch.from_numpy(self.read("label")).long()
        if asked["check"]:
            self.load_weights()
        if "channels_last" in formulation:
            self.net = self.net.to(memory_format=torch.channels_last)
            self.images = self.images.to(memory_format=torch.channels_last)
        self.net.train(asked["mode"] == "train" and not asked["check"])
        self.optimizer = self.make_optimizer(bias_rate, bias_decay)
        self.traced = None
        if "frozen" in formulation:
            with torch.no_grad():
                traced = torch.jit.trace(self.net, self.images)
                frozen = torch.jit.freeze(traced)
                self.traced = torch.jit.optimize_for_inference(frozen)

    def read(self, name):
        return numpy.load(pathlib.Path(self.asked["folder"], f"{name}.npy"))

    def load_weights(self):
        with torch.no_grad():
            for name, layer in self.net.named_children():
                for k, param in enumerate((layer.weight, layer.bias)):
                    values = self.read(f"param/{name}/{k}")
                    param.copy_(torch.from_numpy(values))

    def make_optimizer(self, bias_rate, bias_decay):
        rate, decay = self.asked["rate"], 5e-4
        named = list(self.net.named_parameters())
        weights = [p for name, p in named if name.endswith("weight")]
        biases = [p for name, p in named if name.endswith("bias")]
        more = {} if self.stock else {"foreach": True}
        return torch.optim.SGD(
            [{"params": weights},
             {"params": biases, "lr": bias_rate * rate,
              "weight_decay": bias_decay * decay}],
            lr=rate, momentum=0.9, weight_decay=decay, **more)

    def precision(self):
        return torch.autocast("cpu", dtype=torch.bfloat16,
                              enabled=self.asked["precision"] == "bf16")

    def step(self):
        return self.train() if self.asked["mode"] == "train" else self.infer()

    def train(self):
        with self.precision():
            scores = self.net(self.images).float()
            loss = F.cross_entropy(scores, self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def infer(self):
        with torch.no_grad(), self.precision():
            scores = (self.traced or self.net)(self.images)
            F.softmax(scores.float(), dim=1)
        return scores

    def check(self):
        if self.asked["mode"] == "train":
            return [self.train() for _ in range(CHECKED_STEPS)]
        scores = self.infer().float().flatten()
        return scores[:CHECKED_VALUES].tolist()


def formulations(asked):
    if asked["stock"]:
        return ["stock"]
    found = ["channels_last", "contiguous"]
    if asked["mode"] == "infer" and asked["precision"] == "fp32":
        found += ["channels_last frozen", "contiguous frozen"]
    return found


def seconds(work, steps):
    start = time.perf_counter()
    for _ in range(steps):
        work.step()
    return time.perf_counter() - start


def fastest(asked):
    works = {f: Work(asked, f) for f in formulations(asked)}
    times = dict.fromkeys(works, float("inf"))
    steps = 1
    for turn in range(5):  # in turns, as the machine may swing; two to warm up
        for formulation, work in works.items():
            taken = seconds(work, steps) / steps
            if turn > 1:
                times[formulation] = min(times[formulation], taken)
        steps = max(1, round(0.2 / taken))
    return min(times, key=times.get)


def main():
    asked = json.loads(sys.argv[1])
    torch.set_num_threads(asked["threads"])
    if asked["check"]:
        values = Work(asked, formulations(asked)[0]).check()
        print(json.dumps({"values": values, "formulation": fastest(asked)}))
        return
    work = Work(asked, asked["formulation"])
    seconds(work, 2)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, "
          f"{asked['formulation']}", flush=True)
    for line in sys.stdin:
        print(seconds(work, int(line)), flush=True)


main()
