#include <cmath>

#include "device/bf16.h"
#include "net/net_test.h"

namespace doppio {
namespace {

// Layers that have a path in bfloat16, and between them a Scale, which has
// none.
constexpr char kNet[] = R"(
  layer { name: "data" type: "DummyData" top: "data" top: "label"
    dummy_data_param {
      shape { dim: 4 dim: 3 dim: 16 dim: 16 } shape { dim: 4 }
      data_filler { type: "gaussian" } data_filler { value: 1 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
    convolution_param { num_output: 32 kernel_size: 3
      weight_filler { type: "xavier" } } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "norm" type: "LRN" bottom: "conv" top: "norm" }
  layer { name: "pool" type: "Pooling" bottom: "norm" top: "pool"
    pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
  layer { name: "scale" type: "Scale" bottom: "pool" top: "scale" }
  layer { name: "fc" type: "InnerProduct" bottom: "scale" top: "fc"
    inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label"
    top: "loss" })";

class PrecisionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasBf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  }
};

std::string InBf16(const std::string& net) { return "precision: BF16 " + net; }

double Norm(const std::vector<float>& values) {
  double squares = 0;
  for (const float v : values) squares += double{v} * v;
  return std::sqrt(squares);
}

TEST_F(PrecisionTest, ANetInBf16IsCloseToOneInFloat) {
  Net fp32(Source(kNet)), bf16(Source(InBf16(kNet)));
  EXPECT_NEAR(bf16.Forward(), fp32.Forward(), 0.02f);
  bf16.Backward();
  fp32.Backward();
  for (const char* layer : {"conv", "scale", "fc"}) {
    std::vector<float> difference = Param(&bf16, layer).blob.diff.ToVector();
    const std::vector<float> b = Param(&fp32, layer).blob.diff.ToVector();
    for (size_t i = 0; i < b.size(); ++i) difference[i] -= b[i];
    // Most of it from ReLU: where rounding x changes the sign of its bottom.
    EXPECT_LT(Norm(difference), 0.06 * Norm(b)) << layer;
  }
}

TEST_F(PrecisionTest, CastsAreStepsOfTheNet) {
  Net net(Source(InBf16(kNet)));
  std::vector<std::string> casts;
  for (const Step& step : net.steps()) {
    if (step.layer->type() == "Reorder") casts.push_back(step.layer->name());
  }
  EXPECT_EQ(casts, std::vector<std::string>({"conv_reorder", "scale_reorder",
                                             "fc_reorder", "loss_reorder"}));
}

TEST_F(PrecisionTest, ParametersAndGradientsStayFloats) {
  Net net(Source(InBf16(kNet)));
  for (const Step& step : net.steps()) {
    for (const Parameter& p : step.layer->params()) {
      EXPECT_FALSE(IsBf16(p.blob.data.layout())) << step.layer->name();
      EXPECT_FALSE(IsBf16(p.blob.diff.layout())) << step.layer->name();
    }
  }
  Param(&net, "fc")
      .blob.data.CopyFrom(
          std::vector<float>(Param(&net, "fc").shape.count(), 1.0001f));
  const NetParameter saved = net.ToProto();
  for (const LayerParameter& layer : saved.layer()) {
    if (layer.name() != "fc") continue;
    EXPECT_EQ(layer.blobs(0).data(0), 1.0001f);
  }
}

TEST_F(PrecisionTest, ALayerMaySayOtherwise) {
  std::string text = InBf16(kNet);
  const std::string fc = "type: \"InnerProduct\"";
  text.replace(text.find(fc), fc.size(), fc + " precision: FP32");
  Net net(Source(text));
  EXPECT_FALSE(IsBf16(net.blob("fc")->data.layout()));
  EXPECT_TRUE(IsBf16(net.blob("pool")->data.layout()));
}

TEST_F(PrecisionTest, ANetThatOnlyRunsForwardKeepsItsWeightsInBf16) {
  Net::Options options;
  options.backward = false;
  NetSource source = Source(InBf16(kNet));
  source.net.mutable_state()->set_phase(TEST);
  Net net(source, Context(), options);
  EXPECT_TRUE(IsBf16(Param(&net, "fc").blob.data.layout()));
  EXPECT_TRUE(IsBf16(Param(&net, "conv").blob.data.layout()));
  EXPECT_TRUE(std::isfinite(net.Forward()));
}

}  // namespace
}  // namespace doppio
