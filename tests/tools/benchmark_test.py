"""Runs benchmark on a small net."""

import os
import re
import unittest

from programs import ProgramTest

NET = """
name: "small"
layer { name: "data" type: "Data" top: "data" top: "label"
  transform_param { crop_size: 16 }
  data_param { source: "nowhere" backend: LMDB batch_size: 4 } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 8 kernel_size: 3 } }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv"
  include { phase: TRAIN } }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc"
  inner_product_param { num_output: 5 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label"
  top: "loss" }
"""


class Benchmark(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("net.prototxt", NET)

    def benchmark(self, *flags):
        return self.run_program("benchmark", "--model=net.prototxt", "--runs=3",
                                *flags)

    def times(self, text, layer):
        """Forward least and median, backward least and median, in ms."""
        line = next(l for l in text.splitlines() if l.startswith(layer + " "))
        return [float(n) for n in re.findall(r"\d+\.\d+", line)]

    def test_times_the_data_alone_and_with_the_net(self):
        for i in range(3):
            (self.folder / f"{i}.ppm").write_bytes(
                b"P6 20 20 255\n" + bytes(1200))
        self.write("list", "0.ppm 0\n1.ppm 1\n2.ppm 2\n")
        self.run_program("convert_imageset", "./", "list", "nowhere")
        for flags, net in ([], "training step"), (["--infer"], "forward"):
            text = self.benchmark("--data", "--batch=2", *flags)
            rate = r": (\d+\.\d) images/s"
            self.assertRegex(text, "data alone" + rate + r", on \d+ threads\n")
            self.assertRegex(text, "together" + rate)
            self.assertEqual(re.search("net alone" + rate, text)[1],
                             re.search(net + rate, text)[1])

    def test_data_needs_a_data_set(self):
        result = self.start("benchmark", "--model=net.prototxt", "--data")
        self.assertEqual(result.returncode, 1)
        self.assertIn('cannot open the LMDB "nowhere"', result.stderr)

    def test_times_each_layer_in_both_directions(self):
        text = self.benchmark()
        self.assertIn("oneDNN 2.", text.splitlines()[0])
        self.assertIn("small, TRAIN phase, batch 4, 3 runs", text)
        for layer in ("conv", "fc", "total"):
            least, median, back_least, back_median = self.times(text, layer)
            self.assertTrue(0 < least <= median, text)
            self.assertTrue(0 < back_least <= back_median, text)
        self.assertRegex(text, r"forward and backward: \d+\.\d images/s\n")
        self.assertRegex(text, r"update: \d+\.\d ms\n"
                               r"training step: \d+\.\d images/s\n")
        self.assertNotIn("training step", self.benchmark("--noupdate"))

    @unittest.skipIf(os.environ.get("DOPPIO_SANITIZE"),
                     "the sanitizers have memory of their own")
    def test_memory_is_as_predicted(self):
        # Large enough that the libraries' own memory does not count.
        self.write("net.prototxt", NET.replace("crop_size: 16",
                                               "crop_size: 224"))
        for flag in ("--update", "--infer"):
            text = self.benchmark(flag, "--batch=64")
            predicted, measured = [
                float(mib.replace(",", "")) for mib in
                re.findall(r"memory (?:predicted|measured): ([\d,.]+) MiB", text)]
            self.assertGreater(predicted, 100)
            self.assertLess(abs(measured / predicted - 1), 0.05, text)

    def test_the_parts_make_the_total(self):
        text = self.benchmark()
        parts = sum(self.times(text, layer)[0]
                    for layer in ("data", "conv", "drop", "fc", "loss"))
        total = self.times(text, "total")[1]
        self.assertLessEqual(parts, 1.01 * total + 0.01, text)

    def test_inference_runs_the_test_phase_forward_only(self):
        text = self.benchmark("--infer")
        self.assertIn("TEST phase", text)
        self.assertNotIn("drop", text)
        self.assertNotIn("forward and backward:", text)
        self.assertEqual(self.times(text, "total")[2:], [0, 0])

    def test_the_batch_can_be_given(self):
        self.assertIn("batch 7,", self.benchmark("--batch=7"))
        self.assertIn("batch 3,",
                      self.benchmark("--input_shape=data:3,3,20,20"))

    def test_flags_are_checked(self):
        self.assertEqual(self.failure("benchmark"),
                         "give --model=FILE; --help says more")
        for flag, sentence in {
                "--runs=0": "--runs=0; at least 1 is needed",
                "--batch=-1": "--batch=-1 is negative",
                "--phase=x": "--phase=x is neither TRAIN nor TEST"}.items():
            self.assertEqual(
                self.failure("benchmark", "--model=net.prototxt", flag),
                sentence)


if __name__ == "__main__":
    unittest.main()
