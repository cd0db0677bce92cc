#include "doppio/net.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

// The layers of a small AlexNet, with channels that fill blocks and channels
// that do not; each reads the top of the one before.
const char* const kChain[] = {
    "type: 'Convolution' convolution_param { num_output: 32 kernel_size: 3 "
    "weight_filler { type: 'xavier' } }",
    "type: 'LRN' lrn_param { alpha: 0.5 }",
    "type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 }",
    "type: 'Convolution' convolution_param { num_output: 20 kernel_size: 3 "
    "pad: 1 group: 2 weight_filler { type: 'xavier' } }",
    "type: 'BatchNorm'",
    "type: 'Scale' scale_param { bias_term: true filler { type: 'gaussian' } }",
    "type: 'Bias' bias_param { filler { type: 'gaussian' } }",
    "type: 'Pooling' pooling_param { pool: AVE kernel_size: 2 stride: 2 }",
    "type: 'LRN' lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 }",
    "type: 'InnerProduct' inner_product_param { num_output: 7 "
    "weight_filler { type: 'xavier' } }",
};
constexpr size_t kLayers = std::size(kChain);

std::string NameOf(size_t layer) { return "l" + std::to_string(layer); }

NetSource ChainNet(const Shape& input) {
  std::string text =
      "force_backward: true state { phase: TRAIN } layer { name: 'x' type: "
      "'Input' top: 'x' "
      "input_param { shape {";
  for (const int extent : input.extents()) {
    text += " dim: " + std::to_string(extent);
  }
  text += " } } }\n";
  for (size_t i = 0; i < kLayers; ++i) {
    text += "layer { name: '" + NameOf(i) + "' bottom: '" +
            (i == 0 ? "x" : NameOf(i - 1)) + "' top: '" + NameOf(i) + "' " +
            kChain[i] + (i + 1 == kLayers ? " loss_weight: 1" : "") + " }\n";
  }
  return ParseNet(text, "chain");
}

TEST(ChainTest, CarryingLayoutsThroughANetChangesNothing) {
  const Values x = Distinct({2, 3, 13, 12});
  Net net(ChainNet(x.shape));
  net.blob("x")->data.CopyFrom(x.values);
  net.Forward();
  net.Backward();
  EXPECT_NE(net.blob(NameOf(1))->data.layout(), nullptr) << "nothing carried";

  // The same, layer by layer, with row-major values in between.
  std::vector<LayerRun> runs;
  Values bottom = x;
  for (size_t i = 0; i < kLayers; ++i) {
    runs.emplace_back(kChain[i], std::vector<Values>{bottom});
    LayerRun& run = runs.back();
    const std::vector<Parameter>& params = net.layer(NameOf(i))->params();
    for (size_t p = 0; p < params.size(); ++p) {
      if (params[p].statistic) continue;
      run.SetParam(p, params[p].blob.data.ToVector());
    }
    run.Forward();
    SCOPED_TRACE(kChain[i]);
    ExpectNear(net.blob(NameOf(i))->data.ToVector(), run.Top());
    bottom = {run.tops[0].shape(), run.Top()};
  }
  std::vector<float> diff(bottom.values.size(), 1);
  for (size_t i = kLayers; i-- > 0;) {
    runs[i].tops[0].diff.CopyFrom(diff);
    runs[i].Backward();
    SCOPED_TRACE(kChain[i]);
    const std::vector<Parameter>& params = net.layer(NameOf(i))->params();
    for (size_t p = 0; p < params.size(); ++p) {
      if (params[p].statistic) continue;
      ExpectNear(params[p].blob.diff.ToVector(), runs[i].ParamDiff(p), 1e-4f);
    }
    diff = runs[i].BottomDiff();
    ExpectNear(net.blob(i == 0 ? "x" : NameOf(i - 1))->diff.ToVector(), diff);
  }
}

}  // namespace
}  // namespace doppio
