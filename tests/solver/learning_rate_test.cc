#include "solver/learning_rate.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "doppio/error.h"

namespace doppio {
namespace {

SolverParameter ParsePolicy(const std::string& text) {
  SolverParameter param;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &param));
  return param;
}

float Rate(const std::string& text, int iteration) {
  const SolverParameter param = ParsePolicy("base_lr: 0.5 " + text);
  CheckLearningRate(param);
  return LearningRate(param, iteration);
}

std::string PolicyError(const std::string& text) {
  try {
    CheckLearningRate(ParsePolicy(text));
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

TEST(LearningRateTest, FixedStays) {
  EXPECT_FLOAT_EQ(Rate("lr_policy: 'fixed'", 0), 0.5f);
  EXPECT_FLOAT_EQ(Rate("lr_policy: 'fixed'", 1000), 0.5f);
}

TEST(LearningRateTest, StepMultipliesEveryStepsize) {
  const std::string step = "lr_policy: 'step' gamma: 0.1 stepsize: 100";
  EXPECT_FLOAT_EQ(Rate(step, 99), 0.5f);
  EXPECT_FLOAT_EQ(Rate(step, 100), 0.05f);
  EXPECT_FLOAT_EQ(Rate(step, 250), 0.005f);
}

TEST(LearningRateTest, ExpMultipliesEveryIteration) {
  EXPECT_FLOAT_EQ(Rate("lr_policy: 'exp' gamma: 0.5", 0), 0.5f);
  EXPECT_FLOAT_EQ(Rate("lr_policy: 'exp' gamma: 0.5", 3), 0.0625f);
}

TEST(LearningRateTest, InvFallsLikeAPower) {
  // 0.5 * (1 + 0.01 * 300) ^ -0.5 = 0.5 / 2
  EXPECT_FLOAT_EQ(Rate("lr_policy: 'inv' gamma: 0.01 power: 0.5", 300), 0.25f);
}

TEST(LearningRateTest, MultistepMultipliesAtItsStepvalues) {
  const std::string multistep =
      "lr_policy: 'multistep' gamma: 0.1 stepvalue: 10 stepvalue: 15";
  EXPECT_FLOAT_EQ(Rate(multistep, 9), 0.5f);
  EXPECT_FLOAT_EQ(Rate(multistep, 10), 0.05f);
  EXPECT_FLOAT_EQ(Rate(multistep, 14), 0.05f);
  EXPECT_FLOAT_EQ(Rate(multistep, 15), 0.005f);
}

TEST(LearningRateTest, MultistepTakesEqualStepvaluesOneIterationAfterTheOther) {
  const SolverParameter param = ParsePolicy(
      "lr_policy: 'multistep' stepvalue: 10 stepvalue: 10 stepvalue: 3");
  EXPECT_EQ(LearningRateSteps(param, 9), 0);
  EXPECT_EQ(LearningRateSteps(param, 10), 1);
  EXPECT_EQ(LearningRateSteps(param, 11), 2);
  EXPECT_EQ(LearningRateSteps(param, 12), 3);
}

TEST(LearningRateTest, PolyReachesZeroAtMaxIterAndStaysThere) {
  const std::string poly = "lr_policy: 'poly' power: 2 max_iter: 100";
  EXPECT_FLOAT_EQ(Rate(poly, 0), 0.5f);
  EXPECT_FLOAT_EQ(Rate(poly, 50), 0.125f);
  EXPECT_FLOAT_EQ(Rate(poly, 100), 0);
  EXPECT_FLOAT_EQ(Rate(poly, 101), 0);
}

TEST(LearningRateTest, SigmoidIsHalfAtItsStepsize) {
  const std::string sigmoid = "lr_policy: 'sigmoid' gamma: 0.1 stepsize: 50";
  EXPECT_FLOAT_EQ(Rate(sigmoid, 50), 0.25f);
  // 0.5 / (1 + e^-1) and 0.5 / (1 + e^1)
  EXPECT_FLOAT_EQ(Rate(sigmoid, 60), 0.36552929f);
  EXPECT_FLOAT_EQ(Rate(sigmoid, 40), 0.13447071f);
}

TEST(LearningRateTest, ErrorsNameWhatIsMissing) {
  EXPECT_EQ(PolicyError("base_lr: 1"),
            "no lr_policy says how the learning rate goes; lr_policy: "
            "\"fixed\" leaves it at base_lr");
  EXPECT_EQ(PolicyError("lr_policy: 'fixed'"),
            "no base_lr gives the learning rate");
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'exp'"),
            "lr_policy \"exp\" multiplies the learning rate by gamma, which is "
            "not given");
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'step' gamma: 0.1"),
            "lr_policy \"step\" needs the iterations of a step in stepsize; it "
            "is 0");
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'poly'"),
            "lr_policy \"poly\" ends at max_iter, which is 0");
}

TEST(LearningRateTest, ErrorsNameTheNearestPolicy) {
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'multstep'"),
            "unknown lr_policy \"multstep\"; did you mean \"multistep\"?");
}

TEST(LearningRateTest, ErrorsNameANegativeGamma) {
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'exp' gamma: -1"),
            "gamma is -1, which would make learning rates negative");
}

TEST(LearningRateTest, CosineFallsFromBaseToMin) {
  const std::string cosine = "lr_policy: 'cosine' max_iter: 100 min_lr: 0.1";
  EXPECT_FLOAT_EQ(Rate(cosine, 0), 0.5f);
  EXPECT_FLOAT_EQ(Rate(cosine, 50), 0.3f);
  EXPECT_FLOAT_EQ(Rate(cosine, 100), 0.1f);
  EXPECT_FLOAT_EQ(Rate(cosine, 200), 0.1f);
}

TEST(LearningRateTest, MinLrEndsTheFall) {
  const std::string step =
      "lr_policy: 'step' gamma: 0.1 stepsize: 10 min_lr: 0.02";
  EXPECT_FLOAT_EQ(Rate(step, 10), 0.05f);
  EXPECT_FLOAT_EQ(Rate(step, 20), 0.02f);
  // 0.1 + 0.4 * (1 - 0.5)
  EXPECT_FLOAT_EQ(
      Rate("lr_policy: 'poly' power: 1 max_iter: 10 min_lr: 0.1", 5), 0.3f);
}

TEST(LearningRateTest, WarmupIsAStraightLineToBaseLr) {
  const std::string fixed = "lr_policy: 'fixed' ";
  for (const std::string warmup : {"warmup_iter: 4 warmup_start_lr: 0.1",
                                   "rampup_interval: 4 rampup_lr: 0.1"}) {
    EXPECT_FLOAT_EQ(Rate(fixed + warmup, 0), 0.1f);
    EXPECT_FLOAT_EQ(Rate(fixed + warmup, 1), 0.2f);
    EXPECT_FLOAT_EQ(Rate(fixed + warmup, 4), 0.5f);
  }
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'fixed' warmup_iter: 1 "
                        "rampup_interval: 2"),
            "warmup_iter and rampup_interval both ask for a warm-up; keep one");
  EXPECT_EQ(PolicyError("base_lr: 1 lr_policy: 'fixed' min_lr: 2"),
            "min_lr is 2; it must lie between 0 and base_lr, 1");
}

}  // namespace
}  // namespace doppio
