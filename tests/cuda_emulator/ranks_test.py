"""Training on two emulated GPUs, a process each."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "end_to_end"))
from training import NET, TrainingTest

TRAIN = pathlib.Path(sys.argv.pop())
TWO = "--device=cuda:0,1"

# Every batch needs what the layer has kept of the batch before.
ENDLESS_NET = """
layer { name: "data" type: "DummyData" top: "x" top: "cont" top: "wanted"
  dummy_data_param {
    shape { dim: 3 dim: 2 dim: 4 } data_filler { type: "gaussian" }
    shape { dim: 3 dim: 2 } data_filler { type: "constant" value: 1 }
    shape { dim: 3 dim: 2 dim: 5 } data_filler { type: "gaussian" } } }
layer { name: "lstm" type: "LSTM" bottom: "x" bottom: "cont" top: "h"
  recurrent_param { num_output: 5
    weight_filler { type: "uniform" min: -0.5 max: 0.5 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "h" bottom: "wanted"
  top: "loss" }
"""


def fields(message):
    """The (number, bytes) of a protobuf message's fields that have a length."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            varint()
        else:
            size = {1: 8, 2: 0, 5: 4}[key & 7] or varint()
            if key & 7 == 2:
                yield key >> 3, message[at:at + size]
            at += size


def parameters(model):
    """The floats of each parameter of a .caffemodel."""
    return [memoryview(data).cast("f")
            for layer_field, layer in fields(model) if layer_field == 100
            for blob_field, blob in fields(layer) if blob_field == 7
            for data_field, data in fields(blob) if data_field == 5]


def alive(pid):
    try:
        return " Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


class RanksTest(TrainingTest):

    def start(self, *flags, **options):
        given = os.environ.get("CUDA_EMULATOR")
        settings = ",".join(filter(None, [given, "devices=2,races=off"]))
        return subprocess.Popen(
            [TRAIN.resolve(), "--threads=1", *flags],
            cwd=self.folder, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "CUDA_EMULATOR": settings}, **options)

    def children(self, process):
        """Of a run on two GPUs, by rank."""
        listed = pathlib.Path(
            f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        return sorted(int(pid) for pid in listed.split())

    def near(self, a, b):
        """Two model files have the same values, but for rounding."""
        a, b = parameters(self.bytes_of(a)), parameters(self.bytes_of(b))
        self.assertEqual([len(x) for x in a],
                         [6 * 9, 6, 24 * 6 * 16, 24, 4 * 24, 4])
        for x, y in zip(a, b, strict=True):
            largest = max(map(abs, x))
            self.assertGreater(largest, 0)
            self.assertLess(max(abs(p - q) for p, q in zip(x, y, strict=True)),
                            1e-4 * largest)

    def sentence(self, *flags):
        """The only line that a run into an error writes."""
        lines = self.train(*flags, code=1).splitlines()
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_two_train_as_one_with_batches_twice_as_large(self):
        losses = {}
        for name, batch, device in [("two", 16, TWO),
                                    ("one", 32, "--device=cuda:0")]:
            net = NET.replace("batch_size: 16", f"batch_size: {batch}")
            net = net.replace("Dropout", "Power")
            (self.folder / f"{name}_net.prototxt").write_text(net)
            solver = self.solver(
                "max_iter: 20 display: 5 clip_gradients: 0.5", name)
            self.edit(f"{name}.prototxt", "net.prototxt",
                      f"{name}_net.prototxt")
            log = self.train(solver, device)
            self.assertIn("64 images per iteration", log)
            losses[name] = [float(line.split("loss ")[1].split()[0])
                            for line in log.splitlines() if "  loss " in line]
        self.near("two_iter_20.caffemodel", "one_iter_20.caffemodel")
        self.assertEqual(len(losses["one"]), 5)
        for two, one in zip(losses["two"], losses["one"], strict=True):
            self.assertAlmostEqual(two, one, delta=2e-4)

    def test_two_draw_as_one_that_accumulates_twice_as_often(self):
        self.train(self.solver("max_iter: 12", "two"), TWO)
        one = self.solver("max_iter: 12", "one")
        self.edit("one.prototxt", "iter_size: 2", "iter_size: 4")
        self.train(one, "--device=cuda:0")
        self.near("two_iter_12.caffemodel", "one_iter_12.caffemodel")

    def test_resumed_run_ends_with_the_same_bytes(self):
        (self.folder / "endless.prototxt").write_text(ENDLESS_NET)
        last = [f"solver_iter_12.{kind}" for kind in
                ["caffemodel", "solverstate"]]

        def solver(rest):
            flag = self.solver(rest)
            self.edit("solver.prototxt", "net.prototxt", f"{net}.prototxt")
            return flag

        for net in ["net", "endless"]:
            self.train(solver("max_iter: 12"), TWO)
            straight = [self.bytes_of(name) for name in last]
            self.train(solver("max_iter: 5"), TWO)
            log = self.train(solver("max_iter: 12"), TWO,
                             "--snapshot=solver_iter_5.solverstate")
            self.assertEqual(log.count("going on from"), 1)
            self.assertEqual([self.bytes_of(name) for name in last], straight)

    def test_one_goes_on_where_two_have_stopped(self):
        """It reads on from the next image, so that only dropout differs."""
        self.train(self.solver("max_iter: 5", "two"), TWO)
        one = self.solver("max_iter: 12", "one")
        self.train(one, "--device=cuda:0",
                   "--snapshot=two_iter_5.solverstate")
        positions = [state for number, state in
                     fields(self.bytes_of("one_iter_12.solverstate"))
                     if number == 10004]
        # 5 x 64 + 7 x 32 images, as a varint.
        self.assertIn(b"train", positions[0])
        self.assertTrue(positions[0].endswith(bytes([0x18, 0xa0, 0x04])))

    def test_ranks_hear_of_what_tests_decide(self):
        solver = self.solver(
            'stop_patience: 2 min_delta: 10 plateau_output: "loss" '
            "max_iter: 1000")
        self.edit("solver.prototxt", "test_interval: 25", "test_interval: 3")
        log = self.train(solver, TWO)
        self.assertIn("has not improved on", log)
        self.assertEqual(self.files()[0], "solver_iter_6.caffemodel")

    def test_all_stop_after_the_same_iteration(self):
        process = self.start(self.solver("max_iter: 100000 display: 2"), TWO)
        self.read_until(process, "iteration 4/")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, log)
        last = log.splitlines()[-1]
        self.assertIn("stopped after iteration ", last)
        iteration = int(last.split("iteration ")[1].split(";")[0])
        self.train(self.solver(f"max_iter: {iteration + 3}"), TWO, "--resume")
        self.train(self.solver(f"max_iter: {iteration + 3}", "straight"), TWO)
        self.assertSameFile(f"solver_iter_{iteration + 3}.caffemodel",
                            f"straight_iter_{iteration + 3}.caffemodel")

    def test_a_rank_that_is_killed_ends_all(self):
        for rank in [0, 1]:
            process = self.start(
                self.solver("max_iter: 100000 display: 2"), TWO)
            self.read_until(process, "iteration 4/")
            children = self.children(process)
            self.assertEqual(len(children), 2)
            os.kill(children[rank], signal.SIGKILL)
            _, log = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1, log)
            self.assertEqual(
                log.splitlines()[-1],
                f"the process on cuda:{rank} was ended by signal 9 (Killed); "
                "the others have been stopped")
            self.assertFalse(any(map(alive, children)))
            self.assertNotIn("emulator", log)

    def test_none_outlives_who_started_them(self):
        process = self.start(self.solver("max_iter: 100000 display: 2"), TWO)
        self.read_until(process, "iteration 2/")
        children = self.children(process)
        process.kill()
        process.communicate(timeout=60)
        until = time.time() + 20
        while any(map(alive, children)) and time.time() < until:
            time.sleep(0.1)
        self.assertFalse(any(map(alive, children)))

    def test_errors_are_told_once(self):
        solver = self.solver("max_iter: 100")
        self.assertEqual(
            self.sentence(solver, "--device=cuda:0,0"),
            "--device=cuda:0,0 names GPU 0 twice; each process takes one of "
            "its own")
        self.assertEqual(
            self.sentence(solver, "--device=cuda:0,x"),
            "--device=cuda:0,x is no list of GPUs; one is cuda:0,1")
        self.assertEqual(
            self.sentence("--solver=none.prototxt", TWO),
            self.sentence("--solver=none.prototxt", "--device=cuda:0"))
        self.assertEqual(
            self.refuse(solver, "--device=cuda:0,5"),
            "on cuda:5: there is no GPU 5; this machine has 2, counted from 0")
        # The loss is a sum of logarithms, some of negative numbers.
        net = NET.replace('"Dropout"', '"Log"').replace(
            'type: "SoftmaxWithLoss" bottom: "fc2" bottom: "label"',
            'type: "Reduction" loss_weight: 1 bottom: "fc2"')
        (self.folder / "log.prototxt").write_text(net)
        self.edit("solver.prototxt", "net.prototxt", "log.prototxt")
        log = self.train(solver, TWO, code=1)
        self.assertEqual(log.count("the loss is"), 1, log)

    def test_epochs_must_not_end_with_a_smaller_batch(self):
        self.edit("net.prototxt", "shuffle: true",
                  "shuffle: true cut_last_batch: true", to="cut.prototxt")
        solver = self.solver("max_iter: 3")
        self.edit("solver.prototxt", "net.prototxt", "cut.prototxt")
        self.assertIn(
            "cut_last_batch leaves some GPUs without images at the end of an "
            "epoch; leave it out, or train on one GPU", self.sentence(solver,
                                                                      TWO))


if __name__ == "__main__":
    unittest.main(verbosity=2)
