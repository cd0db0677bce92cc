#include "net/plan_fusion.h"

#include <algorithm>

#include "core/random.h"
#include "net/net_test.h"

namespace doppio {
namespace {

using Strings = std::vector<std::string>;

const std::string kFusionInput =
    "layer { name: 'x' type: 'Input' top: 'x' input_param {"
    "  shape { dim: 3 dim: 5 dim: 7 dim: 6 } } }\n";

std::string FusionLayer(const std::string& type, const std::string& name,
                        const Strings& bottoms, const std::string& top,
                        const std::string& more = "") {
  std::string text = "layer { name: '" + name + "' type: '" + type + "'";
  for (const std::string& bottom : bottoms) text += " bottom: '" + bottom + "'";
  return text + " top: '" + top + "' " + more + " }\n";
}

std::string Relu(const std::string& bottom, const std::string& top,
                 float slope = 0) {
  return FusionLayer(
      "ReLU", "relu_" + bottom, {bottom}, top,
      "relu_param { negative_slope: " + std::to_string(slope) + " }");
}

std::string Convolution(const std::string& bottom, const std::string& top,
                        const std::string& more = "") {
  return FusionLayer("Convolution", top, {bottom}, top,
                     "convolution_param { num_output: 20 kernel_size: 3 pad: 1 "
                     "weight_filler { type: 'xavier' } bias_filler { type: "
                     "'gaussian' std: 0.5 } } " +
                         more);
}

std::string Product(const std::string& bottom, const std::string& top,
                    const std::string& more = "") {
  return FusionLayer(
      "InnerProduct", top, {bottom}, top,
      "inner_product_param { num_output: 12 weight_filler { type: "
      "'xavier' } bias_filler { type: 'gaussian' std: 0.5 } " +
          more + " }");
}

const std::string kLoss =
    "layer { name: 'loss' type: 'Reduction' bottom: 'y' top: 'loss' "
    "reduction_param { operation: SUMSQ } loss_weight: 1 }\n";

std::unique_ptr<Net> Build(const std::string& text, bool fuse, bool reuse) {
  Net::Options options;
  options.fuse = fuse;
  options.reuse_memory = reuse;
  auto net = std::make_unique<Net>(Source(text), Context(), options);
  Tensor& x = net->blob("x")->data;
  std::vector<float> values(x.count());
  const RandomStream random(1, Draw::kTest, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 2 * random.Uniform(i) - 1;
  }
  x.CopyFrom(values);
  return net;
}

Strings Absorbed(const Net& net) {
  Strings names;
  for (const Step& step : net.steps()) {
    if (step.absorbed_by == nullptr) continue;
    names.push_back(step.layer->name() + " in " + step.absorbed_by->name());
  }
  return names;
}

void ExpectClose(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  float scale = 0;
  for (const float v : b) scale = std::max(scale, std::abs(v));
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], 1e-5f * scale) << "at " << i;
  }
}

// Fails unless the net gives the same with fusion as without: the loss, the
// gradients of the parameters, also where they add up, and of x.
void ExpectSame(const std::string& text, bool reuse) {
  const std::string forced = "force_backward: true\n" + text;
  const auto plain = Build(forced, false, reuse);
  const auto fused = Build(forced, true, reuse);
  EXPECT_EQ(Absorbed(*plain), Strings());
  for (const bool accumulate : {false, true}) {
    const float loss = plain->Forward();
    EXPECT_NEAR(fused->Forward(), loss, 1e-5f * std::abs(loss));
    plain->Backward(accumulate);
    fused->Backward(accumulate);
  }
  ASSERT_EQ(fused->learnables().size(), plain->learnables().size());
  for (size_t i = 0; i < plain->learnables().size(); ++i) {
    SCOPED_TRACE("parameter " + std::to_string(i));
    const Learnable& learnable = plain->learnables()[i];
    if (!learnable.param->learns) continue;
    ExpectClose(fused->learnables()[i].param->blob.diff.ToVector(),
                learnable.param->blob.diff.ToVector());
  }
  ExpectClose(Diffs(fused.get(), "x"), Diffs(plain.get(), "x"));
}

TEST(PlanFusionTest, AConvolutionAbsorbsAReluInPlace) {
  const std::string net =
      kFusionInput + Convolution("x", "y") + Relu("y", "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings({"relu_y in y"}));
  for (const bool reuse : {false, true}) ExpectSame(net, reuse);
}

TEST(PlanFusionTest, AConvolutionByWinogradsAlgorithmAbsorbsARelu) {
  const std::string net =
      "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 2 "
      "dim: 32 dim: 25 dim: 23 } } }\n" +
      FusionLayer(
          "Convolution", "y", {"x"}, "y",
          "convolution_param { num_output: 48 kernel_size: 3 pad: 1 "
          "weight_filler { type: 'xavier' } bias_filler { type: 'gaussian' "
          "std: 0.5 } }") +
      Relu("y", "y", 0.25f) + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings({"relu_y in y"}));
  for (const bool reuse : {false, true}) ExpectSame(net, reuse);
}

TEST(PlanFusionTest, InPlaceEveryBlobIsAsWithoutFusion) {
  const std::string net = "force_backward: true\n" + kFusionInput +
                          Convolution("x", "y") + Relu("y", "y", 0.25f) + kLoss;
  const auto plain = Build(net, false, false), fused = Build(net, true, false);
  for (Net* n : {plain.get(), fused.get()}) {
    n->Forward();
    n->Backward();
  }
  ExpectClose(Values(fused.get(), "y"), Values(plain.get(), "y"));
  ExpectClose(Diffs(fused.get(), "y"), Diffs(plain.get(), "y"));
}

TEST(PlanFusionTest, AnInnerProductAbsorbsALeakyRelu) {
  for (const std::string more : {"", "transpose: true", "bias_term: false"}) {
    const std::string net =
        kFusionInput + Product("x", "y", more) + Relu("y", "y", 0.1f) + kLoss;
    EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings({"relu_y in y"}));
    for (const bool reuse : {false, true}) ExpectSame(net, reuse);
  }
}

TEST(PlanFusionTest, ASumAbsorbsARelu) {
  const std::string net =
      kFusionInput + Convolution("x", "a") + Convolution("x", "b") +
      FusionLayer("Eltwise", "sum", {"a", "b"}, "y",
                  "eltwise_param { coeff: 1 coeff: -0.5 }") +
      Relu("y", "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings({"relu_y in sum"}));
  for (const bool reuse : {false, true}) ExpectSame(net, reuse);
}

std::string Normalised(const std::string& settings, const std::string& scale,
                       bool in_place) {
  const std::string n = in_place ? "c" : "n", y = in_place ? "c" : "s";
  return kFusionInput + Convolution("x", "c") +
         FusionLayer("BatchNorm", "norm", {"c"}, n, settings) +
         FusionLayer(
             "Scale", "scale", {n}, y,
             "scale_param { filler { type: 'gaussian' } bias_filler { type: "
             "'gaussian' } " +
                 scale + " }") +
         FusionLayer("ReLU", "relu", {y}, "y");
}

TEST(PlanFusionTest, ABatchNormAbsorbsScaleAndRelu) {
  for (const bool in_place : {false, true}) {
    for (const std::string settings :
         {"", "batch_norm_param { use_global_stats: true }"}) {
      for (const std::string scale : {"", "bias_term: true"}) {
        const std::string net = Normalised(settings, scale, in_place) + kLoss;
        SCOPED_TRACE(net);
        EXPECT_EQ(Absorbed(*Build(net, true, true)),
                  Strings({"scale in norm", "relu in norm"}));
        EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings());
        for (const bool reuse : {false, true}) ExpectSame(net, reuse);
      }
    }
  }
}

TEST(PlanFusionTest, AScaleThatIsNotPerChannelStaysApart) {
  const std::string net = Normalised("", "axis: 2", false) + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, true)), Strings());
  ExpectSame(net, true);
}

TEST(PlanFusionTest, AReluWithATopOfItsOwnIsAbsorbedWhereBlobsNeedNotStay) {
  const std::string net =
      kFusionInput + Convolution("x", "c") + Relu("c", "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, false)), Strings());
  const auto reusing = Build(net, true, true);
  EXPECT_EQ(Absorbed(*reusing), Strings({"relu_c in c"}));
  EXPECT_EQ(reusing->blob("c"), nullptr);
  EXPECT_LE(reusing->blob_bytes(), Build(net, false, true)->blob_bytes());
  ExpectSame(net, true);
}

TEST(PlanFusionTest, AnotherReaderOfTheValuesBeforeKeepsTheReluApart) {
  const std::string net =
      kFusionInput + Convolution("x", "c") + Relu("c", "r") +
      FusionLayer("Eltwise", "sum", {"c", "r"}, "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, true)), Strings());
  ExpectSame(net, true);
}

TEST(PlanFusionTest, ALossOnEitherSideKeepsTheReluApart) {
  const std::string weighted = kFusionInput +
                               Convolution("x", "c", "loss_weight: 2") +
                               Relu("c", "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(weighted, true, true)), Strings());
  ExpectSame(weighted, true);
}

TEST(PlanFusionTest, ASlopeThatTurnsTheSignIsNotAbsorbed) {
  const std::string net =
      kFusionInput + Convolution("x", "c") + Relu("c", "y", -0.5f) + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, true)), Strings());
}

TEST(PlanFusionTest, DropoutInPlaceAfterAnAbsorbedReluChangesNothing) {
  ExpectSame("state { phase: TRAIN }\n" + kFusionInput + Product("x", "y") +
                 Relu("y", "y") + FusionLayer("Dropout", "drop", {"y"}, "y") +
                 kLoss,
             true);
}

TEST(PlanFusionTest, DebugInfoSeesEachLayerByItself) {
  const std::string net = "debug_info: true\n" + kFusionInput +
                          Convolution("x", "y") + Relu("y", "y") + kLoss;
  EXPECT_EQ(Absorbed(*Build(net, true, true)), Strings());
}

TEST(PlanFusionTest, ObserversSeeTheStepsThatRun) {
  const auto net =
      Build(kFusionInput + Convolution("x", "c") + Relu("c", "y") + kLoss, true,
            true);
  Strings seen;
  net->set_observer([&](const Step& step, bool backward) {
    seen.push_back(step.layer->name() + (backward ? "'" : ""));
  });
  net->Forward();
  net->Backward();
  EXPECT_EQ(seen, Strings({"x", "c", "loss", "loss'", "c'"}));
}

TEST(PlanFusionTest, AnInputOfAnotherShapeIsFollowed) {
  const auto net =
      Build(kFusionInput + Convolution("x", "c") + Relu("c", "y") + kLoss, true,
            true);
  net->blob("x")->data = Tensor(Shape{1, 5, 4, 4});
  net->Reshape();
  EXPECT_EQ(Absorbed(*net), Strings({"relu_c in c"}));
  net->Forward();
  EXPECT_EQ(net->blob("y")->shape(), Shape({1, 20, 4, 4}));
  for (const float v : Values(net.get(), "y")) EXPECT_GE(v, 0);
}

}  // namespace
}  // namespace doppio
