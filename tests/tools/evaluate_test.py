"""Runs evaluate on a net whose outputs are known."""

import unittest

from programs import ProgramTest

# Scores are the weights' row sums; labels are 1.
NET = """
layer { name: "data" type: "DummyData" top: "x" top: "label"
  dummy_data_param { shape { dim: 4 dim: 2 } shape { dim: 4 }
    data_filler { type: "constant" value: 1 } } }
layer { name: "%s" type: "InnerProduct" bottom: "x" top: "scores"
  inner_product_param { num_output: 3
    weight_filler { type: "constant" value: 2 } } }
layer { name: "accuracy" type: "Accuracy" bottom: "scores" bottom: "label"
  top: "accuracy" top: "per_class" include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "scores" bottom: "label"
  top: "loss" loss_weight: 2 }
"""
SOLVER = """
net: "net.prototxt" base_lr: 0 lr_policy: "fixed" max_iter: 1
snapshot_prefix: "net"
"""


class Evaluate(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("net.prototxt", NET % "fc")
        self.write("solver.prototxt", SOLVER)
        self.run_program("train", "--solver=solver.prototxt")
        self.weights = "--weights=net_iter_1.caffemodel"

    def test_prints_the_mean_of_each_output(self):
        text = self.run_program("evaluate", "--model=net.prototxt",
                                self.weights, "--iterations=3")
        # Equal scores: the label, 1, is second among ties; the loss is ln 3.
        self.assertRegex(text, r"(?m)^accuracy = [01]$")
        self.assertRegex(text, r"(?m)^per_class\[0\] = 0$")
        self.assertRegex(text, r"(?m)^per_class\[1\] = [01]$")
        self.assertRegex(text, r"(?m)^per_class\[2\] = 0$")
        self.assertIn("loss = 1.09861 (* 2 = 2.19722 loss)\n", text)
        self.assertIn("total loss = 2.19722\n", text)
        self.assertRegex(
            text, r"12 images in 3 batches, \S+ s: \S+ images/s\n$")

    def test_weights_for_no_layer_are_refused(self):
        self.write("net.prototxt", NET % "other")
        self.assertEqual(
            self.failure("evaluate", "--model=net.prototxt", self.weights),
            "net_iter_1.caffemodel has parameters for none of the net's layers; "
            "they are matched by the layers' names, and --allow_unmatched goes "
            "on all the same")
        self.run_program("evaluate", "--model=net.prototxt", self.weights,
                         "--allow_unmatched", "--iterations=1")

    def test_a_layer_without_weights_is_told(self):
        self.write("net.prototxt", NET % "fc" + """
            layer { name: "more" type: "InnerProduct" bottom: "scores"
              top: "more" inner_product_param { num_output: 2 } }""")
        result = self.start("evaluate", "--model=net.prototxt", self.weights)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('layer "more" is not in net_iter_1.caffemodel',
                      result.stderr)

    def test_flags_and_files_are_checked(self):
        self.assertEqual(
            self.failure("evaluate", "--model=net.prototxt"),
            "give --model=FILE and --weights=FILE; --help says more")
        self.assertEqual(
            self.failure("evaluate", "--model=net.prototxt", self.weights,
                         "--iterations=0"),
            "--iterations=0; at least 1 batch is needed")
        self.assertIn("gone.caffemodel",
                      self.failure("evaluate", "--model=net.prototxt",
                                   "--weights=gone.caffemodel"))
        self.assertIn("net.prototxt",
                      self.failure("evaluate", "--model=net.prototxt",
                                   "--weights=net.prototxt"))


if __name__ == "__main__":
    unittest.main()
