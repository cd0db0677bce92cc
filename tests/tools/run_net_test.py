"""Runs run_net on small nets whose numbers can be checked by eye."""

import unittest

from programs import ProgramTest

NET = """
force_backward: true
layer { name: "in" type: "Input" top: "x"
  input_param { shape { dim: 1 dim: 2 } } }
layer { name: "part/fc" type: "InnerProduct" bottom: "x" top: "part/y"
  inner_product_param { num_output: 2
    weight_filler { type: "constant" value: 1 } } }
layer { name: "relu" type: "ReLU" bottom: "part/y" top: "part/y" }
layer { name: "double" type: "Power" bottom: "part/y" top: "d"
  power_param { scale: 2 } }
layer { name: "triple" type: "Power" bottom: "part/y" top: "t"
  power_param { scale: 3 } loss_weight: 10 }
"""


class RunNet(ProgramTest):
    def run_net(self, *flags):
        return self.run_program("run_net", "--model=net.prototxt", "--in=in",
                                "--out=out", *flags)

    def failure_of(self, *flags):
        return self.failure("run_net", "--model=net.prototxt", "--in=in",
                            "--out=out", *flags)

    def setUp(self):
        super().setUp()
        self.write("net.prototxt", NET)
        self.write_array("in/in/x", (1, 2), [1, 2])

    def files(self):
        return sorted(str(f.relative_to(self.folder / "out"))
                      for f in (self.folder / "out").rglob("*.npy"))

    def test_writes_every_blob_of_the_net_and_the_loss(self):
        self.run_net()
        self.assertEqual(self.files(), [
            "data/d.npy", "data/part/y.npy", "data/t.npy", "data/x.npy",
            "loss.npy"])
        self.assertEqual(self.read_array("out/data/part/y"), ((1, 2), [3, 3]))
        self.assertEqual(self.read_array("out/data/d"), ((1, 2), [6, 6]))
        self.assertEqual(self.read_array("out/loss"), ((), [180]))

    def test_reads_parameters_and_writes_gradients(self):
        self.write_array("in/param/part/fc/0", (2, 2), [1, 0, 0, -1])
        self.write_array("in/param/part/fc/1", (2,), [0.5, 0.5])
        self.run_net("--backward")
        # The second output is negative, so the ReLU stops it.
        self.assertEqual(self.read_array("out/data/part/y"), ((1, 2), [1.5, 0]))
        self.assertEqual(self.read_array("out/diff/part/y"), ((1, 2), [30, 0]))
        self.assertEqual(self.read_array("out/diff/x"), ((1, 2), [30, 0]))
        self.assertEqual(self.read_array("out/param_diff/part/fc/0"),
                         ((2, 2), [30, 60, 0, 0]))
        self.assertEqual(self.read_array("out/param_diff/part/fc/1"),
                         ((2,), [30, 0]))

    def test_top_diff_replaces_zeros_and_loss_weights(self):
        self.write_array("in/top_diff/d", (1, 2), [1, 0])
        self.write_array("in/top_diff/t", (1, 2), [0, 1])
        self.run_net("--backward")
        self.assertEqual(self.read_array("out/diff/part/y"), ((1, 2), [2, 3]))

    def test_several_passes_are_written_apart(self):
        self.run_net("--forwards=2")
        for name in ("data/d@0", "data/d@1", "data/d", "loss@0", "loss@1"):
            self.assertIn(name + ".npy", self.files())

    def test_only_changed_parameters_are_written_after(self):
        self.write("net.prototxt", """
            layer { name: "in" type: "Input" top: "x"
              input_param { shape { dim: 2 dim: 1 } } }
            layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
            layer { name: "s" type: "Scale" bottom: "y" top: "z" }""")
        self.write_array("in/in/x", (2, 1), [1, 3])
        self.run_net("--phase=TRAIN")
        self.assertEqual(self.read_array("out/param_after/bn/0"), ((1,), [2]))
        self.assertFalse((self.folder / "out/param_after/s").exists())
        self.assertEqual(self.read_array("out/data/x"), ((2, 1), [1, 3]))

    def test_the_phase_of_the_file_holds_unless_the_flag_says_otherwise(self):
        self.write("net.prototxt", "state { phase: TRAIN }" + NET + """
            layer { name: "only" type: "Power" bottom: "d" top: "only"
              include { phase: TRAIN } }""")
        self.run_net()
        self.assertIn("data/only.npy", self.files())
        self.write_array("in/in/x", (1, 2), [1, 2])
        self.run_program("run_net", "--model=net.prototxt", "--in=in",
                         "--out=test", "--phase=TEST")
        self.assertFalse((self.folder / "test/data/only.npy").exists())

    def test_an_input_of_another_shape_reshapes_the_net(self):
        self.write_array("in/in/x", (3, 2), [1, 2, 3, 4, 5, 6])
        self.run_net()
        self.assertEqual(self.read_array("out/data/d"),
                         ((3, 2), [6, 6, 14, 14, 22, 22]))

    def test_data_made_by_a_layer_needs_no_array(self):
        self.write("net.prototxt", """
            layer { name: "d" type: "DummyData" top: "x" dummy_data_param {
              shape { dim: 2 } data_filler { type: "constant" value: 7 } } }""")
        (self.folder / "in/in/x.npy").unlink()
        self.run_net()
        self.assertEqual(self.read_array("out/data/x"), ((2,), [7, 7]))

    def test_a_missing_input_is_named(self):
        (self.folder / "in/in/x.npy").unlink()
        self.assertEqual(
            self.failure_of(),
            "in/in/x.npy is missing; it holds the values of a net input")

    def test_an_array_that_belongs_nowhere_is_named(self):
        for name in ("in/z", "param/fc/0", "param/part/fc/2", "top_diff/x"):
            self.write_array("in/" + name, (1, 2), [1, 2])
            self.assertEqual(
                self.failure_of(),
                f"in/{name}.npy belongs to no input (in), parameter (param) or "
                "output (top_diff) of the net")
            (self.folder / "in" / (name + ".npy")).unlink()

    def test_wrong_shapes_are_told(self):
        self.write_array("in/param/part/fc/1", (3,), [1, 2, 3])
        self.assertEqual(
            self.failure_of(), "in/param/part/fc/1.npy: its shape 3 is not that "
            "of the parameter, 2")
        (self.folder / "in/param/part/fc/1.npy").unlink()
        self.write_array("in/top_diff/d", (2,), [1, 2])
        self.assertEqual(
            self.failure_of("--backward"), "in/top_diff/d.npy: its shape 2 is "
            "not that of the blob, 1x2")

    def test_a_gradient_that_nobody_wants_is_told(self):
        self.write("net.prototxt", NET.replace("force_backward: true", "")
                   .replace("loss_weight: 10", ""))
        self.write_array("in/top_diff/d", (1, 2), [1, 2])
        self.assertIn("set force_backward: true in the net",
                      self.failure_of("--backward"))

    def test_flags_are_checked(self):
        self.assertEqual(
            self.failure("run_net", "--model=net.prototxt"),
            "give --model=FILE, --in=DIR and --out=DIR; --help says more")
        self.assertEqual(self.failure_of("--phase=train"),
                         "--phase=train is neither TRAIN nor TEST")
        self.assertEqual(self.failure_of("--forwards=0"),
                         "--forwards=0; at least 1 forward pass is needed")
        self.assertEqual(self.failure_of("extra"),
                         '"extra" is no flag; --help lists them')
        self.assertEqual(
            self.failure("run_net", "--model=net.prototxt", "--in=no",
                         "--out=out"),
            "no is no folder; --in=DIR holds the arrays to start from")

    def test_help_lists_only_our_own_flags(self):
        text = self.run_program("run_net", "--help")
        self.assertIn("--model=FILE", text)
        self.assertNotIn("logtostderr", text)
        self.assertLess(len(text.splitlines()), 40)
        self.assertLess(max(map(len, text.splitlines())), 100)


if __name__ == "__main__":
    unittest.main()
