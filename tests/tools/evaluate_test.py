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

    def test_nets_without_classes_have_none_to_tell(self):
        self.assertIn("has no Accuracy or SoftmaxWithLoss layer behind a Data",
                      self.failure("evaluate", "--model=net.prototxt",
                                   self.weights, "--per_class"))
        self.assertEqual(
            self.failure("evaluate", "--model=net.prototxt", self.weights,
                         "--crops=5"),
            "--crops=5 is neither 1 nor 10")
        self.assertEqual(
            self.failure("evaluate", "--model=net.prototxt", self.weights,
                         "--worst_sheet=a.png"),
            "--worst_sheet draws the mistakes that --worst=N asks for")


# The score of a class is the mean of one channel, so that an image is of the
# class of its colour.
COLORS = """
layer { name: "data" type: "Data" top: "data" top: "label"
  transform_param { crop_size: 4 scale: 0.01 }
  data_param { source: "db" backend: LMDB batch_size: 4 } }
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
  pooling_param { pool: AVE global_pooling: true } }
layer { name: "scale" type: "Scale" bottom: "pool" top: "scores" }
layer { name: "accuracy" type: "Accuracy" bottom: "scores" bottom: "label"
  top: "accuracy" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "scores" bottom: "label"
  top: "loss" }
"""


class EvaluateClasses(ProgramTest):
    """Blue, green and red images; the last red one is called green."""

    def setUp(self):
        super().setUp()
        images = ["blue"] * 3 + ["green"] * 3 + ["red"] * 5
        lines = []
        for i, color in enumerate(images):
            pixel = {"blue": (9, 9, 200), "green": (9, 200, 9),
                     "red": (200, 9, 9)}[color]
            path = self.folder / f"{i}.ppm"
            path.write_bytes(b"P6 6 6 255\n" + bytes(pixel) * 36)
            label = ["blue", "green", "red"].index(color)
            lines.append(f"{i}.ppm {1 if i == 10 else label}")
        self.write("list", "\n".join(lines))
        self.write("names", "blue\ngreen\nred\n")
        self.write("net.prototxt", COLORS)
        self.write("solver.prototxt", SOLVER)
        self.run_program("convert_imageset", "./", "list", "db")
        self.run_program("train", "--solver=solver.prototxt")
        self.flags = ["--model=net.prototxt",
                      "--weights=net_iter_1.caffemodel", "--labels=names"]

    def test_tells_classes_and_mistakes_of_the_whole_set(self):
        text = self.run_program(
            "evaluate", *self.flags, "--whole", "--per_class", "--worst=4",
            "--confusion=c.csv,c.png", "--worst_sheet=worst.png")
        self.assertIn("\naccuracy = 0.909091\n", "\n" + text)
        self.assertIn("11 images in 3 batches", text)
        self.assertIn("top-1 = 0.909091 of 11 images\n", text)
        self.assertIn("1 green         4   75.00 %  2 red, 1\n", text)
        self.assertRegex(text, r'record "00000010_10.ppm" of "db": taken for 2 '
                               r"red \(77.2 %\), but is 1 green \(11.4 %\)\n$")
        self.assertEqual(
            (self.folder / "c.csv").read_text(),
            '"true class","0 blue","1 green","2 red"\n'
            '"0 blue",3,0,0\n"1 green",0,3,1\n"2 red",0,0,4\n')
        for picture in "c.png", "worst.png":
            self.assertEqual((self.folder / picture).read_bytes()[:4],
                             b"\x89PNG")

    def test_ten_crops_make_one_image(self):
        text = self.run_program("evaluate", *self.flags, "--whole",
                                "--crops=10")
        self.assertIn("110 crops in 11 batches", text)
        self.assertIn("top-1 = 0.909091 of 11 images, by the mean of 10 crops",
                      text)


if __name__ == "__main__":
    unittest.main()
