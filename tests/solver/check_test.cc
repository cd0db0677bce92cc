#include "solver/check.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "doppio/error.h"

namespace doppio {
namespace {

std::string SolverError(const std::string& text) {
  SolverParameter param;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "base_lr: 1 lr_policy: 'fixed' " + text, &param));
  try {
    CheckSolver(param);
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

TEST(CheckSolverTest, AcceptsWhatCaffeRuns) {
  EXPECT_EQ(SolverError("net: 'a'"), "no Error");
  EXPECT_EQ(SolverError("net: 'a' test_iter: 1 test_interval: 5"), "no Error");
  EXPECT_EQ(SolverError("net: 'a' test_net: 'b' test_iter: 1 test_iter: 2 "
                        "test_interval: 5"),
            "no Error");
  EXPECT_EQ(SolverError("train_net: 'a' test_net: 'b' test_iter: 1 "
                        "test_interval: 5 test_state {}"),
            "no Error");
  // The kind matters only if there is something of it.
  EXPECT_EQ(SolverError("net: 'a' regularization_type: 'L0'"), "no Error");
}

TEST(CheckSolverTest, WantsExactlyOneTrainingNet) {
  EXPECT_EQ(SolverError(""),
            "no training net is given; name it by exactly one of net, "
            "net_param, train_net, train_net_param");
  EXPECT_EQ(SolverError("net: 'a' train_net: 'b'"),
            "more than one training net is given; name it by exactly one of "
            "net, net_param, train_net, train_net_param");
}

TEST(CheckSolverTest, WantsATestIterForEachTestNet) {
  EXPECT_EQ(
      SolverError("net: 'a' test_net: 'b' test_net: 'c' test_iter: 1"),
      "test_iter gives the batches for 1 of 2 test nets; give one for each");
  EXPECT_EQ(
      SolverError("train_net: 'a' test_net: 'b' test_iter: 1 test_iter: 1"),
      "test_iter gives the batches for 2 test nets, but 1 are named, and "
      "there is no net or net_param to make more of");
}

TEST(CheckSolverTest, WantsATestStateForEachTestNetOrNone) {
  EXPECT_EQ(SolverError("net: 'a' test_iter: 1 test_iter: 1 test_state {}"),
            "test_state gives the state of 1 of 2 test nets; give none, or one "
            "for each");
}

TEST(CheckSolverTest, WantsATestIntervalWhereThereAreTests) {
  EXPECT_EQ(SolverError("net: 'a' test_iter: 1"),
            "test_iter asks for tests, but test_interval, the iterations "
            "between them, is 0");
}

TEST(CheckSolverTest, WantsToKnowItsKindOfRegularization) {
  EXPECT_EQ(SolverError("net: 'a' weight_decay: 0.1 regularization_type: 'L3'"),
            "regularization_type \"L3\" is neither \"L1\" nor \"L2\"");
}

TEST(CheckSolverTest, WantsCountsThatCount) {
  EXPECT_EQ(SolverError("net: 'a' iter_size: 0"),
            "iter_size is 0; an update needs at least 1 batch");
  for (const char* scale : {"0", "-1", "inf", "nan"}) {
    EXPECT_EQ(SolverError(std::string("net: 'a' loss_scale: ") + scale),
              std::string("loss_scale is ") + scale +
                  "; gradients need a factor above 0");
  }
  EXPECT_EQ(SolverError("net: 'a' average_loss: 0"),
            "average_loss is 0; the loss shown is a mean over at least 1 "
            "iteration");
}

}  // namespace
}  // namespace doppio
