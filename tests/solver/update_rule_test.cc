#include "solver/update_rule.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "doppio/error.h"

namespace doppio {
namespace {

// Parameters, gradients and histories of one blob.
struct RuleRun {
  RuleRun(const std::string& text, std::vector<float> w, std::vector<float> dw)
      : data(std::move(w)), diff(std::move(dw)) {
    SolverParameter param;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &param));
    rule = UpdateRuleRegistry::Global().Create(param);
    update.count = data.size();
    update.data = data.data();
    update.diff = diff.data();
    for (int i = 0; i < rule->memories(); ++i) {
      history[i].resize(data.size());
      update.history[i] = history[i].data();
    }
  }

  std::vector<float> Step(float rate) {
    update.rate = rate;
    rule->Apply({update});
    ++update.iteration;
    return data;
  }

  std::unique_ptr<UpdateRule> rule;
  std::vector<float> data, diff, history[2];
  ParameterUpdate update;
};

using Vector = std::vector<float>;

TEST(UpdateRuleTest, SgdKeepsAShareOfItsLastStep) {
  RuleRun run("type: 'SGD' momentum: 0.5", {1, 2}, {1, -2});
  EXPECT_EQ(run.Step(0.25), Vector({0.75, 2.5}));
  // Steps of 0.5 * 0.25 + 0.25 and 0.5 * -0.5 - 0.5.
  EXPECT_EQ(run.Step(0.25), Vector({0.375, 3.25}));
}

TEST(UpdateRuleTest, L2PullsInProportionAndL1BySign) {
  RuleRun l2("type: 'SGD'", {4, -4, 0}, {0, 0, 0});
  l2.update.l2 = 0.25;
  EXPECT_EQ(l2.Step(1), Vector({3, -3, 0}));

  RuleRun l1("type: 'SGD'", {4, -4, 0}, {0, 0, 0});
  l1.update.l1 = 0.25;
  EXPECT_EQ(l1.Step(1), Vector({3.75, -3.75, 0}));
}

TEST(UpdateRuleTest, ScaleAppliesToTheGradientOnly) {
  RuleRun run("type: 'SGD'", {4}, {8});
  run.update.scale = 0.5;
  run.update.l2 = 1;
  EXPECT_EQ(run.Step(0.25), Vector({4 - 0.25f * (4 + 4)}));
}

TEST(UpdateRuleTest, NesterovLooksAhead) {
  RuleRun run("type: 'Nesterov' momentum: 0.5", {1}, {1});
  // h = 0.5; 1.5 * 0.5 - 0
  EXPECT_EQ(run.Step(0.5), Vector({0.25}));
  // h = 0.75; 1.5 * 0.75 - 0.5 * 0.5
  EXPECT_EQ(run.Step(0.5), Vector({0.25f - 0.875f}));
}

TEST(UpdateRuleTest, AdaGradDividesByTheRootOfAllSquares) {
  RuleRun run("type: 'AdaGrad' delta: 0", {1, 1}, {3, 0});
  EXPECT_EQ(run.Step(0.5), Vector({0.5, 1}));
  run.diff = {4, 0};
  run.update.diff = run.diff.data();
  // 0.5 * 4 / sqrt(9 + 16)
  EXPECT_FLOAT_EQ(run.Step(0.5)[0], 0.1f);
}

TEST(UpdateRuleTest, RmsPropForgetsOldSquares) {
  RuleRun run("type: 'RMSProp' rms_decay: 0.75 delta: 0", {1}, {4});
  // h = 0.25 * 16; 0.5 * 4 / 2
  EXPECT_EQ(run.Step(0.5), Vector({0}));
  run.diff = {0};
  run.update.diff = run.diff.data();
  run.Step(0.5);
  EXPECT_EQ(run.history[0], Vector({3}));
}

TEST(UpdateRuleTest, AdaDeltaNeedsNoScale) {
  RuleRun run("type: 'AdaDelta' momentum: 0.75 delta: 1", {1}, {2});
  // g = 0.25 * 4; step = 2 * sqrt((0 + 1) / (1 + 1)); s = 0.25 * step^2
  EXPECT_FLOAT_EQ(run.Step(0.5)[0], 1 - 0.5f * 1.41421356f);
  EXPECT_FLOAT_EQ(run.history[1][0], 0.5f);
}

TEST(UpdateRuleTest, AdamsFirstStepIsTheLearningRate) {
  RuleRun run("type: 'Adam' momentum: 0.9 momentum2: 0.999 delta: 0", {1, 1, 1},
              {3, -0.01, 0});
  const std::vector<float> w = run.Step(0.25);
  EXPECT_FLOAT_EQ(w[0], 0.75f);
  EXPECT_NEAR(w[1], 1.25f, 1e-6);
  EXPECT_FLOAT_EQ(w[2], 1);
}

TEST(UpdateRuleTest, WhatHasNoGradientStaysZeroEvenWithoutADelta) {
  for (const char* type :
       {"SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam"}) {
    RuleRun run(std::string("delta: 0 type: '") + type + "'", {0}, {0});
    EXPECT_EQ(run.Step(1), Vector({0})) << type;
  }
}

// Enough elements for all threads, and an odd number of them.
TEST(UpdateRuleTest, ReachesEveryElementOfALargeBlob) {
  constexpr int kCount = 300001;
  RuleRun run("type: 'SGD' momentum: 0.5", Vector(kCount, 1),
              Vector(kCount, 1));
  run.Step(0.25);
  EXPECT_EQ(run.Step(0.25), Vector(kCount, 0.375));
}

std::string RuleError(const std::string& text) {
  try {
    RuleRun run(text, {}, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

TEST(UpdateRuleTest, ErrorsNameTheNearestType) {
  EXPECT_EQ(RuleError("type: 'AdaDleta'"),
            "unknown solver type \"AdaDleta\"; did you mean \"AdaDelta\"?");
}

TEST(UpdateRuleTest, ErrorsRefuseMomentumWhereThereIsNone) {
  EXPECT_EQ(RuleError("type: 'AdaGrad' momentum: 0.9"),
            "solver type \"AdaGrad\" has no momentum, but momentum is 0.9");
  EXPECT_EQ(RuleError("type: 'RMSProp' momentum: 0.9"),
            "solver type \"RMSProp\" has no momentum, but momentum is 0.9");
  EXPECT_EQ(RuleError("type: 'RMSProp' rms_decay: 1"),
            "rms_decay is 1, which is not in [0, 1)");
}

// The gradient of 0 leaves Adam still: only the weights' own decay remains.
TEST(UpdateRuleTest, AdamWShrinksWeightsApartFromTheGradient) {
  RuleRun run("type: 'AdamW' momentum: 0.9", {4, -2}, {0, 0});
  run.update.l2 = 0.5;
  EXPECT_EQ(run.Step(0.25), Vector({3.5, -1.75}));
  EXPECT_EQ(run.history[0], Vector({0, 0}));

  RuleRun adam("type: 'Adam' momentum: 0.9", {4, -2}, {1, 2});
  RuleRun same("type: 'AdamW' momentum: 0.9", {4, -2}, {1, 2});
  EXPECT_EQ(same.Step(0.1), adam.Step(0.1));
}

}  // namespace
}  // namespace doppio
