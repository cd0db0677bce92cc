#include "net/net_test.h"

#include <cmath>

namespace doppio {
namespace {

using Floats = std::vector<float>;
using Strings = std::vector<std::string>;

std::string Input(const std::string& top, const std::string& dims) {
  return "layer { name: '" + top + "' type: 'Input' top: '" + top +
         "' input_param { shape { " + dims + " } } }\n";
}

// y = factor * bottom
std::string Times(const std::string& bottom, const std::string& top,
                  float factor, const std::string& more = "") {
  return "layer { name: '" + bottom + top + std::to_string(factor) +
         "' type: 'Power' bottom: '" + bottom + "' top: '" + top +
         "' power_param { scale: " + std::to_string(factor) + " } " + more +
         "}\n";
}

const std::string kForce = "force_backward: true\n";

TEST(NetTest, TheLossIsTheWeightedSumOfItsParts) {
  Net net(Source(Input("x", "dim: 2") + Times("x", "y", 2, "loss_weight: 1") +
                 Times("x", "z", 3, "loss_weight: 10") + Times("x", "w", 5)));
  Set(&net, "x", {1, 2});
  EXPECT_FLOAT_EQ(net.Forward(), 2 * 3 + 10 * 3 * 3);
}

TEST(NetTest, GradientsOfAllReadersAddUp) {
  Net net(Source(kForce + Input("x", "dim: 2") +
                 Times("x", "y", 2, "loss_weight: 1") +
                 Times("x", "z", 3, "loss_weight: 10")));
  Set(&net, "x", {1, 2});
  for (int pass = 0; pass < 2; ++pass) {
    net.Forward();
    net.Backward();
    EXPECT_EQ(Diffs(&net, "x"), Floats({32, 32}));
  }
}

TEST(NetTest, TheWeightOfALossInPlaceOutlivesBackward) {
  Net net(Source(kForce + Input("x", "dim: 2") + Times("x", "y", 2) +
                 Times("y", "y", 3, "loss_weight: 1")));
  Set(&net, "x", {1, 2});
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_FLOAT_EQ(net.Forward(), 18);
    net.Backward();
    EXPECT_EQ(Diffs(&net, "x"), Floats({6, 6}));
  }
}

TEST(NetTest, ALossThatAnotherLayerReadsKeepsItsWeight) {
  Net net(Source(Input("x", "dim: 1 dim: 1") + Input("t", "dim: 1 dim: 1") +
                 "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'y'"
                 "  inner_product_param { num_output: 1 weight_filler {"
                 "  type: 'constant' value: 1 } } }"
                 "layer { name: 'loss' type: 'EuclideanLoss' bottom: 'y'"
                 "  bottom: 't' top: 'loss' }" +
                 Times("loss", "shown", 100)));
  Set(&net, "x", {2});
  Set(&net, "t", {5});
  EXPECT_FLOAT_EQ(net.Forward(), 4.5f);
  net.Backward();
  // d/dw of (w x - t)^2 / 2.
  EXPECT_EQ(Param(&net, "fc").blob.diff.ToVector(), Floats({-6}));
}

TEST(NetTest, AccumulatingAddsTheGradientsOfParameters) {
  Net net(Source(Input("x", "dim: 1 dim: 2") +
                 "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'y'"
                 "  inner_product_param { num_output: 1 } loss_weight: 1 }"));
  Set(&net, "x", {2, 3});
  net.Forward();
  net.Backward();
  net.Backward(/*accumulate=*/true);
  EXPECT_EQ(Param(&net, "fc").blob.diff.ToVector(), Floats({4, 6}));
  net.Backward();
  EXPECT_EQ(Param(&net, "fc").blob.diff.ToVector(), Floats({2, 3}));
}

TEST(NetTest, OutputsAreWhatNoLayerTakes) {
  Net net(Source(Input("x", "dim: 2") + Times("x", "y", 2) +
                 Times("y", "y", 3) + Times("y", "z", 1, "loss_weight: 7") +
                 Times("y", "w", 1)));
  ASSERT_EQ(net.outputs().size(), 2u);
  EXPECT_EQ(net.outputs()[0].name, "z");
  EXPECT_EQ(net.outputs()[0].loss_weight, 7);
  EXPECT_EQ(net.outputs()[1].name, "w");
}

TEST(NetTest, ALossWithReadersGoesByItsOwnName) {
  Net net(Source(Input("x", "dim: 2") + Times("x", "y", 2, "loss_weight: 7") +
                 Times("y", "z", 1)));
  ASSERT_EQ(net.outputs().size(), 2u);
  EXPECT_EQ(net.outputs()[0].name, "y");
  EXPECT_EQ(net.outputs()[0].loss_weight, 7);
}

TEST(NetTest, ANameMeansItsNewestPlace) {
  Net net(Source(Input("x", "dim: 2") +
                 "layer { name: 'a' type: 'Softmax' bottom: 'x' top: 'x' "
                 "softmax_param { axis: 0 } }" +
                 Times("x", "x", 4)));
  net.steps()[0].top_blobs[0]->data.CopyFrom(Floats{1, 1});
  net.Forward();
  EXPECT_EQ(Values(&net, "x"), Floats({2, 2}));
  EXPECT_EQ(net.blob("y"), nullptr);
  EXPECT_EQ(net.layer("b"), nullptr);
}

TEST(NetTest, ReshapeFollowsAnInputOfAnotherShape) {
  Net net(Source(Input("x", "dim: 2 dim: 3") + Times("x", "y", 2)));
  net.blob("x")->data = Tensor(Shape{1, 2}, Floats{5, 6});
  net.Reshape();
  EXPECT_EQ(net.blob("y")->shape(), Shape({1, 2}));
  net.Forward();
  EXPECT_EQ(Values(&net, "y"), Floats({10, 12}));
}

TEST(NetTest, ForwardNoticesAnInputOfAnotherShapeByItself) {
  Net net(Source(Input("x", "dim: 2 dim: 3") + Times("x", "y", 2)));
  net.blob("x")->data = Tensor(Shape{1, 2}, Floats{5, 6});
  net.Forward();
  EXPECT_EQ(Values(&net, "y"), Floats({10, 12}));
}

TEST(NetTest, AShapeThatTheParametersDoNotFitIsRefused) {
  Net net(Source(Input("x", "dim: 2 dim: 3") +
                 "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'y'"
                 " inner_product_param { num_output: 4 } }"));
  net.blob("x")->data = Tensor(Shape{2, 5});
  EXPECT_NE(ErrorOf([&] { net.Reshape(); })
                .find("layer \"fc\" (InnerProduct): its parameter 0 has shape "
                      "4x3, but this input needs 4x5"),
            std::string::npos);
}

// A shape that only Forward finds out, after and before layers with layouts of
// their own.
class DynamicShapeTest : public testing::TestWithParam<bool> {};

TEST_P(DynamicShapeTest, WhatComesAfterFollowsAndWhatCameBeforeStays) {
  Net::Options options;
  options.reuse_memory = GetParam();
  Net net(
      Source(kForce + Input("x", "dim: 3 dim: 2 dim: 1 dim: 1") +
             "layer { name: 'a' type: 'TestBlockedSquare' bottom: 'x' top: "
             "'a' }"
             "layer { name: 'b' type: 'TestBlockedDouble' bottom: 'a' top: "
             "'a' }"
             "layer { name: 'r' type: 'TestFirstRows' bottom: 'a' top: 'r' }"
             "layer { name: 'c' type: 'TestBlockedDouble' bottom: 'r' top: "
             "'r' }"
             "layer { name: 'd' type: 'Flatten' bottom: 'r' top: 'd' }" +
             Times("d", "e", 3, "loss_weight: 1")),
      Context(), options);
  for (const int rows : {2, 3, 1}) {
    // The first row begins with x such that 2 x * x is the number of rows.
    const float x = std::sqrt(rows / 2.f) + 1e-3f;
    Set(&net, "x", {x, 2, 3, 4, 5, 6});
    net.Forward();
    const Floats twice = {2 * x * x, 8, 18, 32, 50, 72};
    Floats expected;
    for (int i = 0; i < 2 * rows; ++i) expected.push_back(6 * twice[i]);
    EXPECT_EQ(net.blob("e")->shape(), Shape({rows, 2}));
    const Floats e = Values(&net, "e");
    for (int i = 0; i < 2 * rows; ++i) EXPECT_NEAR(e[i], expected[i], 1e-4);
    net.Backward();
    const Floats dx = Diffs(&net, "x");
    const Floats values = Values(&net, "x");
    for (int i = 0; i < 6; ++i) {
      // e = 12 x^2 in the first rows.
      EXPECT_NEAR(dx[i], i < 2 * rows ? 24 * values[i] : 0, 1e-4) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Memory, DynamicShapeTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "Reused" : "Apart";
                         });

const std::string kSmallNet =
    "state { phase: TRAIN }" + Input("x", "dim: 2 dim: 3 dim: 12 dim: 12") +
    Input("label", "dim: 2") +
    "layer { name: 'c1' type: 'Convolution' bottom: 'x' top: 'c1'"
    "  convolution_param { num_output: 8 kernel_size: 3 weight_filler {"
    "  type: 'xavier' } } }"
    "layer { name: 'r1' type: 'ReLU' bottom: 'c1' top: 'c1' }"
    "layer { name: 'n1' type: 'LRN' bottom: 'c1' top: 'n1' }"
    "layer { name: 'p1' type: 'Pooling' bottom: 'n1' top: 'p1'"
    "  pooling_param { kernel_size: 3 stride: 2 } }"
    "layer { name: 'c2' type: 'Convolution' bottom: 'p1' top: 'c2'"
    "  convolution_param { num_output: 8 kernel_size: 3 pad: 1 group: 2"
    "  weight_filler { type: 'xavier' } } }"
    "layer { name: 'sum' type: 'Eltwise' bottom: 'p1' bottom: 'c2' top: 's' }"
    "layer { name: 'r2' type: 'ReLU' bottom: 's' top: 's' }"
    "layer { name: 'fc' type: 'InnerProduct' bottom: 's' top: 'fc'"
    "  inner_product_param { num_output: 10 weight_filler { type: 'xavier' } } "
    "}"
    "layer { name: 'drop' type: 'Dropout' bottom: 'fc' top: 'fc' }"
    "layer { name: 'acc' type: 'Accuracy' bottom: 'fc' bottom: 'label' top: "
    "'acc' include { phase: TRAIN } }"
    "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'fc' bottom: 'label'"
    "  top: 'loss' }";

void FillSmallNet(Net* net, int pass) {
  Floats x(2 * 3 * 12 * 12);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.7f * i + pass);
  Set(net, "x", x);
  Set(net, "label", {3, 7});
}

TEST(NetTest, ReusedMemoryChangesNoNumber) {
  Net::Options options;
  options.reuse_memory = true;
  Net apart(Source(kSmallNet));
  Net reused(Source(kSmallNet), Context(), options);
  EXPECT_LT(reused.blob_bytes(), apart.blob_bytes());
  for (int pass = 0; pass < 3; ++pass) {
    FillSmallNet(&apart, pass);
    FillSmallNet(&reused, pass);
    EXPECT_EQ(apart.Forward(), reused.Forward());
    EXPECT_EQ(Values(&apart, "acc"), Values(&reused, "acc"));
    apart.Backward();
    reused.Backward();
    for (size_t i = 0; i < apart.learnables().size(); ++i) {
      EXPECT_EQ(apart.learnables()[i].param->blob.diff.ToVector(),
                reused.learnables()[i].param->blob.diff.ToVector())
          << apart.learnables()[i].layer;
    }
  }
}

TEST(NetTest, GradientsAgreeWithDifferences) {
  // Power makes it smooth, so that differences are exact enough.
  Net net(Source(kForce + Input("x", "dim: 2 dim: 3") +
                 Input("t", "dim: 2 dim: 2") +
                 "layer { name: 'a' type: 'InnerProduct' bottom: 'x' top: 'a'"
                 "  inner_product_param { num_output: 2 weight_filler {"
                 "  type: 'gaussian' std: 1 } } }"
                 "layer { name: 's' type: 'Sigmoid' bottom: 'a' top: 's' }"
                 "layer { name: 'u' type: 'TanH' bottom: 'a' top: 'u' }"
                 "layer { name: 'p' type: 'Eltwise' bottom: 's' bottom: 'u'"
                 "  top: 'p' eltwise_param { operation: PROD } }"
                 "layer { name: 'l' type: 'EuclideanLoss' bottom: 'p'"
                 "  bottom: 't' top: 'l' loss_weight: 3 }" +
                 Times("s", "m", 0.5, "loss_weight: 2")));
  const Floats x = {0.1f, -0.4f, 0.8f, 1.2f, -0.3f, 0.5f};
  Set(&net, "x", x);
  Set(&net, "t", {1, 0, 0.5f, -1});
  net.Forward();
  net.Backward();
  const Floats gradient = Diffs(&net, "x");
  for (size_t i = 0; i < x.size(); ++i) {
    const float step = 1e-2f;
    Floats moved = x;
    moved[i] = x[i] + step;
    Set(&net, "x", moved);
    const double up = net.Forward();
    moved[i] = x[i] - step;
    Set(&net, "x", moved);
    const double down = net.Forward();
    EXPECT_NEAR(gradient[i], (up - down) / (2 * step), 2e-3) << i;
  }
}

TEST(NetTest, PassesAreCountedAndKeyWhatLayersDraw) {
  Net net(Source(kSmallNet));
  FillSmallNet(&net, 0);
  const float first = net.Forward();
  EXPECT_EQ(net.pass(), 1u);
  EXPECT_NE(net.Forward(), first);  // another dropout
  net.set_pass(0);
  EXPECT_EQ(net.Forward(), first);
}

TEST(NetTest, ANetWithoutMemoryStillKnowsItsShapes) {
  Net::Options options;
  options.allocate = false;
  Net net(Source(kSmallNet), Context(), options);
  EXPECT_TRUE(net.blob("c1")->data.empty());
  EXPECT_TRUE(Param(&net, "c1").blob.data.empty());
  EXPECT_EQ(Param(&net, "c1").shape, Shape({8, 3, 3, 3}));
  EXPECT_GT(net.blob_bytes(), 0u);
  EXPECT_EQ(net.learnables().size(), 6u);
}

TEST(NetTest, AnObserverSeesEachStepOfBothPasses) {
  Net net(Source(kForce + Input("x", "dim: 2") +
                 Times("x", "y", 2, "loss_weight: 1")));
  Strings seen;
  net.set_observer([&](const Step& step, bool backward) {
    seen.push_back(step.layer->type() + (backward ? " back" : ""));
  });
  net.Forward();
  net.Backward();
  EXPECT_EQ(seen, Strings({"Input", "Power", "Power back", "Input back"}));
}

TEST(NetTest, DebugInfoTellsTheMeanOfEachBlobAndGradient) {
  Net net(Source("debug_info: true " + kForce + Input("x", "dim: 2") +
                 Times("x", "y", -2, "loss_weight: 1")));
  Set(&net, "x", {1, 2});
  testing::internal::CaptureStderr();
  net.Forward();
  net.Backward();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("[forward] layer xy-2.000000, top y: 3"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("[backward] layer xy-2.000000, bottom x: 2"),
            std::string::npos)
      << log;
}

TEST(NetTest, AnErrorInForwardSaysWhereTheLayerStands) {
  Net net(Source(Input("x", "dim: 1 dim: 3") + Input("label", "dim: 1") +
                 "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'x' "
                 "bottom: 'label' top: 'loss' }"));
  Set(&net, "label", {3});
  EXPECT_EQ(ErrorOf([&] {
              net.Forward();
            }).rfind("test.prototxt:3: layer \"loss\" (SoftmaxWithLoss): ", 0),
            0u);
}

}  // namespace
}  // namespace doppio
