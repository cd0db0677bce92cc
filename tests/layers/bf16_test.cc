// The layers that compute with bfloat16, against themselves with floats.

#include "device/bf16.h"

#include <algorithm>
#include <cmath>

#include "device/onednn.h"
#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class Bf16LayersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasBf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  }
};

// Values that bfloat16 holds exactly.
Values Exact(const Shape& shape) {
  Values values = Distinct(shape);
  for (float& value : values.values) value = Bf16(value);
  return values;
}

// Fails unless the two differ by few roundings, as measured by the largest.
void ExpectClose(const std::vector<float>& bf16, const std::vector<float>& fp32,
                 const char* what) {
  constexpr float kRounding = 1.f / 256;
  ASSERT_EQ(bf16.size(), fp32.size()) << what;
  float largest = 0;
  for (const float value : fp32) largest = std::max(largest, std::abs(value));
  EXPECT_GT(largest, 0) << what;
  for (size_t i = 0; i < fp32.size(); ++i) {
    ASSERT_NEAR(bf16[i], fp32[i], 2 * kRounding * largest) << what << " " << i;
  }
}

void ExpectSame(LayerRun* bf16, LayerRun* fp32) {
  ASSERT_TRUE(IsBf16(bf16->tops[0].data.layout()));
  for (size_t i = 0; i < fp32->layer->params().size(); ++i) {
    bf16->SetParam(i, fp32->Param(i));
  }
  for (LayerRun* run : {bf16, fp32}) {
    run->Forward();
    run->tops[0].diff.CopyFrom(Exact(run->tops[0].shape()).values);
    run->Backward();
  }
  ExpectClose(bf16->Top(), fp32->Top(), "top");
  ExpectClose(bf16->BottomDiff(), fp32->BottomDiff(), "diff of the bottom");
  for (size_t i = 0; i < fp32->layer->params().size(); ++i) {
    EXPECT_FALSE(IsBf16(bf16->layer->params()[i].blob.data.layout()));
    ExpectClose(bf16->ParamDiff(i), fp32->ParamDiff(i), "diff of a parameter");
  }
}

// A layer that asks for bfloat16.
void ExpectSameProduct(const std::string& text, const Shape& bottom) {
  LayerRun bf16(text + " precision: BF16", {Exact(bottom)});
  LayerRun fp32(text, {Exact(bottom)});
  ExpectSame(&bf16, &fp32);
}

// A layer that takes bfloat16 where it comes.
void ExpectSameFollower(const std::string& text, const Shape& bottom) {
  LayerRun bf16(text, {Exact(bottom)});
  LayerRun fp32(text, {Exact(bottom)});
  const auto blocked = [&](dnnl::memory::data_type type) {
    return Layouts{ChannelBlocked(bf16.context, bottom, 16, type)};
  };
  ASSERT_TRUE(bf16.layer->traits().bf16);
  Relayout(&bf16, blocked(dnnl::memory::data_type::bf16));
  Relayout(&fp32, blocked(dnnl::memory::data_type::f32));
  ExpectSame(&bf16, &fp32);
}

TEST_F(Bf16LayersTest, Convolution) {
  const std::string filler = "weight_filler { type: 'gaussian' std: 0.3 } ";
  const std::string text = "type: 'Convolution' convolution_param { " + filler;
  ExpectSameProduct(text + "num_output: 32 kernel_size: 3 pad: 1 }",
                    {2, 16, 9, 9});
  ExpectSameProduct(text + "num_output: 32 kernel_size: 5 group: 2 }",
                    {2, 32, 9, 9});
  ExpectSameProduct(text + "num_output: 32 kernel_size: 11 stride: 4 }",
                    {2, 3, 31, 31});
}

TEST_F(Bf16LayersTest, ConvolutionsThatWouldBeSlowStayInFloat) {
  LayerRun run(
      "type: 'Convolution' precision: BF16 convolution_param { "
      "num_output: 20 kernel_size: 5 weight_filler { type: 'xavier' } }",
      {Exact({2, 1, 12, 12})});
  EXPECT_FALSE(IsBf16(run.tops[0].data.layout()));
}

TEST_F(Bf16LayersTest, InnerProduct) {
  const std::string text =
      "type: 'InnerProduct' inner_product_param { "
      "weight_filler { type: 'gaussian' std: 0.1 } ";
  ExpectSameProduct(text + "num_output: 100 }", {8, 300});
  ExpectSameProduct(text + "num_output: 10 }", {3, 16, 3, 3});
  ExpectSameProduct(text + "num_output: 10 bias_term: false }", {3, 7});
  ExpectSameProduct(text + "num_output: 10 axis: 2 }", {2, 3, 7});
}

TEST_F(Bf16LayersTest, GradientsOfParametersAddUp) {
  for (const std::string text :
       {"type: 'InnerProduct' inner_product_param { num_output: 32 "
        "weight_filler { type: 'xavier' } }",
        "type: 'Convolution' convolution_param { num_output: 32 "
        "kernel_size: 3 weight_filler { type: 'xavier' } }"}) {
    LayerRun run(text + " precision: BF16", {Exact({2, 16, 5, 5})});
    run.Forward();
    run.tops[0].diff.CopyFrom(Exact(run.tops[0].shape()).values);
    run.Backward();
    std::vector<float> twice = run.ParamDiff(0);
    for (float& value : twice) value *= 2;
    for (Parameter& p : run.layer->params()) p.accumulate = true;
    run.Backward();
    EXPECT_EQ(run.ParamDiff(0), twice) << text;
  }
}

TEST_F(Bf16LayersTest, Relu) {
  ExpectSameFollower("type: 'ReLU'", {2, 20, 3, 3});
}

TEST_F(Bf16LayersTest, Dropout) {
  ExpectSameFollower("type: 'Dropout'", {2, 20, 3, 3});
}

TEST_F(Bf16LayersTest, Pooling) {
  const std::string text = "type: 'Pooling' pooling_param { kernel_size: 3 ";
  ExpectSameFollower(text + "stride: 2 }", {2, 20, 8, 7});
  ExpectSameFollower(text + "stride: 2 pool: AVE pad: 1 }", {2, 20, 8, 7});
}

TEST_F(Bf16LayersTest, Lrn) {
  ExpectSameFollower("type: 'LRN' lrn_param { alpha: 0.5 }", {2, 20, 5, 4});
  ExpectSameFollower(
      "type: 'LRN' lrn_param { alpha: 0.5 local_size: 3 "
      "norm_region: WITHIN_CHANNEL }",
      {2, 20, 5, 4});
}

}  // namespace
}  // namespace doppio
