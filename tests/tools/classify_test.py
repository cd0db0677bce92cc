"""Runs classify and extract_features on nets whose numbers can be checked by
eye: the scores are the means of the channels."""

import unittest

from programs import ProgramTest

NET = """
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 10 dim: 3 dim: 4 dim: 4 } } }
layer { name: "mean" type: "Pooling" bottom: "data" top: "mean"
  pooling_param { pool: AVE global_pooling: true } }
layer { name: "fc" type: "Convolution" bottom: "mean" top: "fc"
  convolution_param { num_output: 3 kernel_size: 1 bias_term: false } }
layer { name: "bn" type: "BatchNorm" bottom: "fc" top: "fc" }
"""
WEIGHTS = """
layer { name: "fc" blobs { shape { dim: [3, 3, 1, 1] }
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1] } }
layer { name: "bn" blobs { shape { dim: 3 } data: [0, 0, 0] }
  blobs { shape { dim: 3 } data: [3.99999, 3.99999, 3.99999] }
  blobs { shape { dim: 1 } data: 1 } }
"""
FLAGS = ("--model=deploy.prototxt", "--weights=net.caffemodel")


class Classify(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("deploy.prototxt", NET)
        self.write("weights.prototxt", WEIGHTS)
        self.run_program("upgrade_net", "weights.prototxt", "net.caffemodel")
        self.write("labels.txt", "blue\ngreen\nred\n")
        # Red, green, blue.
        (self.folder / "image.ppm").write_bytes(
            b"P6 6 6 255\n" + bytes([200, 100, 50]) * 36)

    def test_shows_the_best_classes_first(self):
        text = self.run_program("classify", *FLAGS, "--labels=labels.txt",
                                "--top=2", "image.ppm", "image.ppm")
        once = "image.ppm\n  100.0000  2  red\n  50.0000  1  green\n"
        self.assertEqual(text, once + once)

    def test_crops_subtracts_the_mean_and_scales(self):
        for size in ("--resize=5", "--resize_short=4"):
            text = self.run_program("classify", *FLAGS, "--mean=10,20,30",
                                    "--scale=0.5", size, "image.ppm")
            self.assertEqual(text, "image.ppm\n  42.5000  2\n  20.0000  1\n"
                             "  10.0000  0\n")

    def test_folding_changes_nothing(self):
        plain = self.run_program("classify", *FLAGS, "image.ppm")
        folded = self.run_program("classify", *FLAGS, "--fold_batchnorm",
                                  "image.ppm")
        self.assertEqual(folded.split()[0::2], plain.split()[0::2])
        self.assertIn("100.0", folded)

    def test_tells_what_is_wrong(self):
        self.assertEqual(
            self.failure("classify", *FLAGS, "--resize=3", "image.ppm"),
            "the net's input is 1x3x4x4; a side of 3 cannot be cropped to it")
        self.assertEqual(
            self.failure("classify", *FLAGS, "--output=nothing", "image.ppm"),
            'the net has no blob "nothing"')
        self.write("bad.ppm", "P6")
        self.assertRegex(self.failure("classify", *FLAGS, "bad.ppm"),
                         "^bad.ppm: ")


class ExtractFeatures(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("net.prototxt", """
            layer { name: "x" type: "DummyData" top: "x" dummy_data_param {
              shape { dim: 2 dim: 3 } data_filler { value: 2 } } }
            layer { name: "a/b" type: "InnerProduct" bottom: "x" top: "a/b"
              inner_product_param { num_output: 2 bias_term: false } }""")
        self.write("weights.prototxt", """layer { name: "a/b" blobs {
            shape { dim: [2, 3] } data: [1, 1, 1, 0, 0, 5] } }""")
        self.run_program("upgrade_net", "weights.prototxt", "net.caffemodel")

    def extract(self, *flags):
        return self.run_program(
            "extract_features", "--model=net.prototxt",
            "--weights=net.caffemodel", "--out=out", *flags)

    def test_stores_blobs_as_numpy_arrays(self):
        self.extract("--blobs=a/b,x", "--batches=2")
        self.assertEqual(self.read_array("out/a_b"), ((4, 2), [6, 10] * 4))
        self.assertEqual(self.read_array("out/x"), ((4, 3), [2] * 12))

    def test_stores_blobs_as_a_database(self):
        self.extract("--blobs=a/b", "--format=lmdb", "--batches=2")
        self.write("read.prototxt", """
            layer { name: "d" type: "Data" top: "d" data_param {
              source: "out/a_b_lmdb" backend: LMDB batch_size: 4 } }""")
        (self.folder / "in").mkdir()
        self.run_program("run_net", "--model=read.prototxt", "--in=in",
                         "--out=read")
        self.assertEqual(self.read_array("read/data/d"),
                         ((4, 2, 1, 1), [6, 10] * 4))

    def test_tells_what_is_wrong(self):
        flags = ("--model=net.prototxt", "--weights=net.caffemodel",
                 "--out=out")
        self.assertEqual(
            self.failure("extract_features", *flags, "--blobs=y"),
            'the net has no blob "y"')
        self.assertEqual(
            self.failure("extract_features", *flags, "--blobs=x",
                         "--format=h5"),
            "--format=h5 is neither npy nor lmdb")


class DeviceQuery(ProgramTest):
    def test_names_processor_and_library(self):
        self.assertRegex(self.run_program("device_query"),
                         r"^.+, \d+ threads, oneDNN \d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
