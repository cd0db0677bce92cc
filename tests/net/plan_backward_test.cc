#include <map>

#include "net/net_test.h"

namespace doppio {
namespace {

using Flags = std::vector<bool>;

// conv and fc learn; `fixed`, `stop` are more of their fields.
std::string Text(const std::string& of_conv, const std::string& of_relu,
                 const std::string& of_net = "") {
  return of_net +
         "state { phase: TRAIN }"
         "layer { name: 'in' type: 'Input' top: 'x' input_param {"
         "  shape { dim: 2 dim: 3 } } }"
         "layer { name: 'label' type: 'Input' top: 'label' input_param {"
         "  shape { dim: 2 } } }"
         "layer { name: 'one' type: 'InnerProduct' bottom: 'x' top: 'one'"
         "  inner_product_param { num_output: 3 } " +
         of_conv +
         "}"
         "layer { name: 'relu' type: 'ReLU' bottom: 'one' top: 'one' " +
         of_relu +
         "}"
         "layer { name: 'two' type: 'InnerProduct' bottom: 'one' top: 'two'"
         "  inner_product_param { num_output: 4 } }"
         "layer { name: 'accuracy' type: 'Accuracy' bottom: 'two'"
         "  bottom: 'label' top: 'accuracy' }"
         "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'two'"
         "  bottom: 'label' top: 'loss' }";
}

const Step& StepOf(const Net& net, const std::string& name) {
  for (const Step& step : net.steps()) {
    if (step.layer->name() == name) return step;
  }
  throw Error("no layer ", name);
}

Flags Down(const Net& net, const std::string& name) {
  return StepOf(net, name).propagate_down;
}

TEST(PlanBackwardTest, GradientsReachDownToTheFirstParameter) {
  Net net(Source(Text("", "")));
  EXPECT_EQ(Down(net, "loss"), Flags({true, false}));
  EXPECT_EQ(Down(net, "two"), Flags({true}));
  EXPECT_EQ(Down(net, "relu"), Flags({true}));
  EXPECT_EQ(Down(net, "one"), Flags({false}));
  EXPECT_TRUE(StepOf(net, "one").backward);
  EXPECT_TRUE(net.blob("x")->diff.empty());
}

TEST(PlanBackwardTest, WhatHasNoLossAboveItTakesNoPart) {
  Net net(Source(Text("", "")));
  EXPECT_FALSE(StepOf(net, "accuracy").backward);
  EXPECT_EQ(Down(net, "accuracy"), Flags({false, false}));
  EXPECT_FALSE(StepOf(net, "in").backward);
}

TEST(PlanBackwardTest, ASplitTakesTheGradientOnlyFromWhereThereIsOne) {
  Net net(Source(Text("", "")));
  EXPECT_TRUE(net.blob("two_two_0_split_0")->diff.empty());   // accuracy
  EXPECT_FALSE(net.blob("two_two_0_split_1")->diff.empty());  // loss
}

TEST(PlanBackwardTest, ALayerThatDoesNotLearnEndsIt) {
  Net net(Source(Text("param { lr_mult: 0 } param { lr_mult: 0 }", "")));
  EXPECT_FALSE(StepOf(net, "one").backward);
  EXPECT_FALSE(StepOf(net, "relu").backward);
  EXPECT_EQ(Down(net, "two"), Flags({false}));
  EXPECT_TRUE(Param(&net, "one").blob.diff.empty());
  EXPECT_FALSE(Param(&net, "two").blob.diff.empty());
}

TEST(PlanBackwardTest, EachParameterLearnsByItsOwnRate) {
  Net net(Source(Text("param { lr_mult: 0 }", "")));
  EXPECT_FALSE(Param(&net, "one", 0).learns);
  EXPECT_TRUE(Param(&net, "one", 1).learns);
}

TEST(PlanBackwardTest, PropagateDownStopsTheGradient) {
  Net net(Source(Text("", "propagate_down: false")));
  EXPECT_EQ(Down(net, "relu"), Flags({false}));
  EXPECT_FALSE(StepOf(net, "one").backward);
  EXPECT_TRUE(StepOf(net, "two").backward);
}

TEST(PlanBackwardTest, PropagateDownAsksForAGradientThatNoParameterNeeds) {
  Net net(Source(Text("propagate_down: true", "")));
  EXPECT_EQ(Down(net, "one"), Flags({true}));
  EXPECT_FALSE(net.blob("x")->diff.empty());
}

TEST(PlanBackwardTest, ForceBackwardReachesTheInputsButNotTheLabels) {
  Net net(Source(Text("param { lr_mult: 0 }", "propagate_down: false",
                      "force_backward: true ")));
  EXPECT_EQ(Down(net, "one"), Flags({true}));
  EXPECT_EQ(Down(net, "relu"), Flags({true}));
  EXPECT_EQ(Down(net, "loss"), Flags({true, false}));
  EXPECT_EQ(Down(net, "accuracy"), Flags({false, false}));
  EXPECT_TRUE(Param(&net, "one", 0).learns);
  net.Forward();
  net.Backward();
}

TEST(PlanBackwardTest, ANetThatOnlyRunsForwardHasNoDiffs) {
  Net::Options options;
  options.backward = false;
  Net net(Source(Text("", "", "force_backward: true ")), Context(), options);
  for (const Place& place : net.places()) {
    EXPECT_TRUE(place.blob.diff.empty()) << place.name;
  }
  EXPECT_TRUE(Param(&net, "two").blob.diff.empty());
}

TEST(PlanBackwardTest, ANetWithoutLossComputesNoGradients) {
  Net net(Source(Text("", "").substr(0, Text("", "").rfind("layer {"))));
  for (const Step& step : net.steps()) EXPECT_FALSE(step.backward);
}

}  // namespace
}  // namespace doppio
