"""One net in the three formats that Caffe has had, and the tools that bring old
files into today's."""

import unittest

from programs import ProgramTest

FIRST = """
name: "old" state { phase: TRAIN } force_backward: true
input: "data" input_dim: 2 input_dim: 4 input_dim: 7 input_dim: 7
layers { layer { name: "pad" type: "padding" pad: 1 }
  bottom: "data" top: "pad" }
layers { layer { name: "conv" type: "conv" num_output: 4 group: 2 kernelsize: 3
    biasterm: true weight_filler { type: "xavier" }
    blobs_lr: 1. blobs_lr: 2. weight_decay: 1 weight_decay: 0 }
  bottom: "pad" top: "conv" }
layers { layer { name: "relu" type: "relu" } bottom: "conv" top: "conv" }
layers { layer { name: "pool" type: "pool" pool: AVE kernelsize: 3 stride: 2 }
  bottom: "conv" top: "pool" }
layers { layer { name: "norm" type: "lrn" local_size: 3 alpha: 0.1 }
  bottom: "pool" top: "norm" }
layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 }
  bottom: "norm" top: "norm" }
layers { layer { name: "fc" type: "innerproduct" num_output: 3
    weight_filler { type: "gaussian" std: 0.1 } } bottom: "norm" top: "fc" }
layers { layer { name: "prob" type: "softmax" } bottom: "fc" top: "prob" }
"""
SECOND = """
name: 'old' state { phase: TRAIN } force_backward: true
input: 'data' input_shape { dim: [2, 4, 7, 7] }
layers { name: 'conv' type: CONVOLUTION bottom: 'data' top: 'conv'
  blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0
  convolution_param { num_output: 4 group: 2 kernel_size: 3 pad: 1
    weight_filler { type: 'xavier' } } }
layers { name: 'relu' type: RELU bottom: 'conv' top: 'conv' }
layers { name: 'pool' type: POOLING bottom: 'conv' top: 'pool'
  pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layers { name: 'norm' type: LRN bottom: 'pool' top: 'norm'
  lrn_param { local_size: 3 alpha: 0.1 } }
layers { name: 'drop' type: DROPOUT bottom: 'norm' top: 'norm'
  dropout_param { dropout_ratio: 0.25 } }
layers { name: 'fc' type: INNER_PRODUCT bottom: 'norm' top: 'fc'
  inner_product_param { num_output: 3
    weight_filler { type: 'gaussian' std: 0.1 } } }
layers { name: 'prob' type: SOFTMAX bottom: 'fc' top: 'prob' }
"""
TODAY = """
name: "old" state { phase: TRAIN } force_backward: true
layer { name: "data" type: "Input" top: "data"
  input_param { shape { dim: 2 dim: 4 dim: 7 dim: 7 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 4 group: 2 kernel_size: 3 pad: 1
    weight_filler { type: "xavier" } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "norm" type: "LRN" bottom: "pool" top: "norm"
  lrn_param { local_size: 3 alpha: 0.1 } }
layer { name: "drop" type: "Dropout" bottom: "norm" top: "norm"
  dropout_param { dropout_ratio: 0.25 } }
layer { name: "fc" type: "InnerProduct" bottom: "norm" top: "fc"
  inner_product_param { num_output: 3
    weight_filler { type: "gaussian" std: 0.1 } } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
"""
OLD_SOLVER = """net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed"
solver_type: NESTEROV momentum: 0.9 max_iter: 3
"""


class OldFormats(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write_array("in/in/data", (2, 4, 7, 7),
                         [(i * 37 % 101) / 50 - 1 for i in range(392)])

    def outputs(self, net):
        """All that run_net computes, by name, as bytes."""
        out = self.folder / f"out of {net}"
        self.run_program("run_net", f"--model={net}", "--in=in",
                         f"--out={out}", "--backward", "--threads=1")
        return {str(f.relative_to(out)): f.read_bytes()
                for f in out.rglob("*.npy")}

    def test_three_formats_compute_the_same_bytes(self):
        for name, text in (("v0", FIRST), ("v1", SECOND), ("v2", TODAY)):
            self.write(name, text)
        today = self.outputs("v2")
        self.assertIn("param_diff/conv/1.npy", today)
        self.assertIn("data/prob.npy", today)
        self.assertEqual(self.outputs("v0"), today)
        self.assertEqual(self.outputs("v1"), today)

    def test_upgrade_net_reads_and_writes_text_and_binary(self):
        self.write("v0.prototxt", FIRST)
        self.run_program("upgrade_net", "v0.prototxt", "a.prototxt")
        self.run_program("upgrade_net", "v0.prototxt", "b.caffemodel")
        self.run_program("upgrade_net", "b.caffemodel", "c.prototxt")
        text = (self.folder / "a.prototxt").read_text()
        self.assertNotIn("layers", text)
        self.assertIn('type: "Convolution"', text)
        self.assertEqual((self.folder / "c.prototxt").read_text(), text)
        self.run_program("upgrade_net", "--format=binary", "a.prototxt", "d")
        self.assertEqual((self.folder / "d").read_bytes(),
                         (self.folder / "b.caffemodel").read_bytes())
        self.assertEqual(self.outputs("a.prototxt"),
                         self.outputs("v0.prototxt"))
        self.assertEqual(
            self.failure("upgrade_net", "--format=xml", "a.prototxt", "e"),
            "--format=xml is neither text nor binary")

    def test_upgrade_solver_turns_solver_type_into_type(self):
        self.write("old.prototxt", OLD_SOLVER)
        self.run_program("upgrade_solver", "old.prototxt", "new.prototxt")
        text = (self.folder / "new.prototxt").read_text()
        self.assertIn('type: "Nesterov"', text)
        self.assertNotIn("solver_type", text)
        self.run_program("upgrade_solver", "new.prototxt", "n.binaryproto")
        self.run_program("upgrade_solver", "n.binaryproto", "back.prototxt")
        self.assertEqual((self.folder / "back.prototxt").read_text(), text)

    def test_errors_name_the_line_of_the_old_file(self):
        self.write("bad", SECOND.replace("pool: AVE kernel_size: 3",
                                         "pool: AVE kernel_size: 99"))
        sentence = self.failure("inspect", "--model=bad")
        self.assertRegex(sentence, r'^bad:9: layer "pool" \(Pooling\): ')

    def test_lenient_warns_of_unknown_fields_by_name(self):
        self.write("fork", TODAY.replace("num_output: 4",
                                         "num_output: 4 magic: 7"))
        self.assertRegex(self.failure("inspect", "--model=fork"),
                         r'^fork:7:.*no field "magic"')
        result = self.start("inspect", "--model=fork", "--lenient")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r'fork:7:\d+: no field "magic" in '
                         r'ConvolutionParameter.* \(ignored\)')
        self.write("unknown", TODAY.replace('"Softmax"', '"Softmaxx"'))
        self.assertRegex(
            self.failure("inspect", "--model=unknown", "--lenient"),
            "unknown layer type")


if __name__ == "__main__":
    unittest.main()
