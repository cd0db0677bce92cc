"""Runs inspect on nets of models/ and on small ones."""

import time
import unittest

from programs import SOURCE, ProgramTest

ALEXNET = SOURCE / "models/alexnet/train_val.prototxt"
NET = """
name: "small"
layer { name: "data" type: "Data" top: "data" top: "label"
  include { phase: TRAIN }
  data_param { source: "nowhere" backend: LMDB batch_size: 4 } }
layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
  inner_product_param { num_output: 5 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label"
  top: "loss" }
"""


class Inspect(ProgramTest):
    def test_alexnet_has_the_numbers_that_are_known_of_it(self):
        start = time.monotonic()
        text = self.run_program("inspect", f"--model={ALEXNET}")
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn("\n60,965,224 parameters\n", text)
        self.assertIn("\n724,406,816 multiply-adds per image", text)
        self.assertIn("256x96x55x55", text)
        self.assertRegex(text, r"(?m)^data +Data ")

    def test_the_shape_of_the_data_can_be_given(self):
        self.write("net.prototxt", NET)
        text = self.run_program("inspect", "--model=net.prototxt",
                                "--input_shape=data:2,3,1,1")
        self.assertIn("\n20 parameters\n", text)
        self.assertIn("\n15 multiply-adds per image, forward "
                      "(30 for the batch of 2)\n", text)

    def test_running_statistics_are_not_counted_as_parameters(self):
        self.write("net.prototxt", NET.replace(
            'layer { name: "loss"', 'layer { name: "bn" type: "BatchNorm" '
            'bottom: "fc" top: "fc" }\nlayer { name: "loss"'))
        text = self.run_program("inspect", "--model=net.prototxt",
                                "--input_shape=data:2,3,1,1")
        # Five means, five variances, and what they count for.
        self.assertIn("\n20 parameters, and 11 numbers of running statistics\n",
                      text)

    def test_a_data_set_that_is_there_says_the_shape(self):
        source = SOURCE / "tests/golden/data/lmdb_raw"
        self.write("net.prototxt", NET.replace("nowhere", str(source)))
        self.assertIn("4x3x10x12, 4",
                      self.run_program("inspect", "--model=net.prototxt"))

    def test_a_missing_shape_is_told_with_the_flag(self):
        self.write("net.prototxt", NET)
        self.assertRegex(
            self.failure("inspect", "--model=net.prototxt"),
            r'^net.prototxt:3: layer "data" \(Data\): neither its parameters '
            r'nor its data set say the shape of "data" \(.*nowhere.*\); '
            r"give --input_shape=data:N,C,H,W$")

    def test_without_phase_it_takes_the_one_that_has_data(self):
        self.write("net.prototxt", NET.replace("phase: TRAIN", "phase: TEST"))
        self.assertIn("TEST phase", self.run_program(
            "inspect", "--model=net.prototxt", "--input_shape=data:2,3,1,1"))

    def test_without_phase_it_takes_the_one_that_is_whole(self):
        net = """
            layer { name: "x" type: "Input" top: "x"
              input_param { shape { dim: 2 dim: 3 } } }
            layer { name: "l" type: "Input" top: "l" include { phase: TEST }
              input_param { shape { dim: 2 } } }
            layer { name: "a" type: "Accuracy" bottom: "x" bottom: "l" top: "a" }
        """
        self.write("whole.prototxt", net)
        self.assertIn("TEST phase", self.run_program(
            "inspect", "--model=whole.prototxt"))

    def test_stages_and_levels_decide_which_layers_belong(self):
        self.write("net.prototxt", NET + """
            layer { name: "extra" type: "Softmax" bottom: "fc" top: "extra"
              include { stage: "deploy" min_level: 2 } }""")
        flags = ("--model=net.prototxt", "--input_shape=data:2,3,1,1")
        self.assertNotIn("extra", self.run_program("inspect", *flags,
                                                   "--level=2"))
        self.assertIn("extra", self.run_program("inspect", *flags, "--level=2",
                                                "--stage=a,deploy"))

    def test_the_plan_shows_layouts_and_what_is_merged(self):
        text = self.run_program("inspect", f"--model={ALEXNET}", "--plan")
        self.assertRegex(text, r"(?m)^conv3 +Convolution +\S+ +\S+ +relu3 +\d")
        self.assertRegex(text, r"(?m)^fc6_reorder +Reorder +aBcd\d+b +plain ")
        self.assertNotRegex(text, r"(?m)^relu3 ")
        self.assertRegex(text, r"memory in training with SGD: [\d,.]+ MiB: blobs")

    def test_the_graph_is_written(self):
        self.write("net.prototxt", NET)
        self.run_program("inspect", "--model=net.prototxt",
                         "--input_shape=data:2,3,1,1", "--dot=net.dot")
        dot = (self.folder / "net.dot").read_text()
        self.assertTrue(dot.startswith('digraph "small" {'))
        self.assertIn(r'layer0 -> layer1 [label="data\n2x3x1x1"];', dot)

    def test_flags_are_checked(self):
        self.assertEqual(self.failure("inspect"),
                         "give --model=FILE; --help says more")
        self.assertEqual(self.failure("inspect", f"--model={ALEXNET}",
                                      "--input_shape=data"),
                         "--input_shape=data is not of the form blob:N,C,H,W")
        self.assertIn("no-such-file",
                      self.failure("inspect", "--model=no-such-file"))


if __name__ == "__main__":
    unittest.main()
