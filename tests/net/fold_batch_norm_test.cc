#include "net/fold_batch_norm.h"

#include <cmath>

#include "net/net_test.h"

namespace doppio {
namespace {

constexpr char kFoldInput[] =
    R"(state { phase: TEST } layer { name: "in" type: "Input" top: "x"
       input_param { shape { dim: 2 dim: 4 dim: 5 dim: 5 } } } )";

std::string FoldLayer(const std::string& name, const std::string& type,
                      const std::string& bottom, const std::string& top,
                      const std::string& more = "") {
  return "layer { name: '" + name + "' type: '" + type + "' bottom: '" +
         bottom + "' top: '" + top + "' " + more + " } ";
}

std::string Conv(const std::string& bottom, const std::string& top,
                 const std::string& more = "") {
  return FoldLayer(
      top, "Convolution", bottom, top,
      "convolution_param { num_output: 4 kernel_size: 3 " + more +
          " weight_filler { type: 'xavier' } bias_filler { value: 0.3 "
          "} }");
}

// Numbers of each kind, none of them alike.
void FillParams(Net* net) {
  for (const Step& step : net->steps()) {
    for (size_t p = 0; p < step.layer->params().size(); ++p) {
      Tensor& data = step.layer->params()[p].blob.data;
      if (step.layer->type() == "Convolution" && p == 0) continue;
      std::vector<float> values(data.count());
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = 1 + 0.25f * std::sin(3.f * i + 2.f * p + 1);
      }
      data.CopyFrom(values);
    }
  }
}

// The same outputs before and after; returns how many layers are left.
int Fold(const std::string& text) {
  Net::Options options;
  options.backward = false;
  Net net(Source(kFoldInput + text), Context(), options);
  FillParams(&net);
  const auto folded = FoldBatchNorm(net, "test.prototxt", Context(), options);
  std::vector<float> x(200);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.7f * i);
  Set(&net, "x", x);
  Set(folded.get(), "x", x);
  net.Forward();
  folded->Forward();
  EXPECT_EQ(net.outputs().size(), folded->outputs().size());
  for (const Output& output : net.outputs()) {
    const std::vector<float> a = Values(&net, output.name);
    const std::vector<float> b = Values(folded.get(), output.name);
    EXPECT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_NEAR(b[i], a[i], 1e-5 * (1 + std::abs(a[i]))) << output.name;
    }
  }
  int layers = 0;
  for (const Step& step : folded->steps()) layers += !step.inserted;
  return layers;
}

const std::string kScale = "scale_param { bias_term: true }";

TEST(FoldBatchNormTest, InPlaceAfterAConvolution) {
  EXPECT_EQ(Fold(Conv("x", "y") + FoldLayer("bn", "BatchNorm", "y", "y") +
                 FoldLayer("s", "Scale", "y", "y", kScale) +
                 FoldLayer("r", "ReLU", "y", "y")),
            3);
}

TEST(FoldBatchNormTest, WithTopsOfTheirOwnAndWithoutABias) {
  EXPECT_EQ(Fold(Conv("x", "y", "bias_term: false group: 2") +
                 FoldLayer("bn", "BatchNorm", "y", "z") +
                 FoldLayer("s", "Scale", "z", "t", kScale) +
                 FoldLayer("r", "ReLU", "t", "u")),
            3);
}

TEST(FoldBatchNormTest, InOtherOrders) {
  EXPECT_EQ(Fold(Conv("x", "y") + FoldLayer("s", "Scale", "y", "y") +
                 FoldLayer("b", "Bias", "y", "y") +
                 FoldLayer("bn", "BatchNorm", "y", "y")),
            2);
  // What stands before a convolution, or behind a ReLU, stays.
  EXPECT_EQ(Fold(FoldLayer("bn", "BatchNorm", "x", "x") +
                 FoldLayer("s", "Scale", "x", "x", kScale) + Conv("x", "y") +
                 FoldLayer("r", "ReLU", "y", "y") +
                 FoldLayer("bn2", "BatchNorm", "y", "y")),
            6);
}

TEST(FoldBatchNormTest, AfterAnInnerProduct) {
  EXPECT_EQ(
      Fold(FoldLayer("fc", "InnerProduct", "x", "fc",
                     "inner_product_param { num_output: 3 bias_term: false "
                     "weight_filler { type: 'xavier' } }") +
           FoldLayer("bn", "BatchNorm", "fc", "fc") +
           FoldLayer("s", "Scale", "fc", "fc", kScale)),
      2);
}

TEST(FoldBatchNormTest, WhatOthersReadTooStays) {
  EXPECT_EQ(Fold(Conv("x", "y") + FoldLayer("bn", "BatchNorm", "y", "z") +
                 FoldLayer("r", "ReLU", "y", "u")),
            4);
}

TEST(FoldBatchNormTest, StatisticsOfTheBatchStay) {
  EXPECT_EQ(Fold(Conv("x", "y") +
                 FoldLayer("bn", "BatchNorm", "y", "y",
                           "batch_norm_param { use_global_stats: false }")),
            3);
}

}  // namespace
}  // namespace doppio
