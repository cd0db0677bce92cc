#include "layers/layer_test.h"

namespace doppio {
namespace {

class ContrastiveLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ContrastiveLossTest,
                         testing::ValuesIn(Devices()));

std::string ContrastiveLossText(const std::string& param = "") {
  return "type: 'ContrastiveLoss' contrastive_loss_param { " + param + " }";
}

// Pairs at distance 5 and 0.5.
const Values kA = {{2, 2}, {3, 4, 0.5f, 0}};
const Values kB = {{2, 2}, {0, 0, 0, 0}};

TEST_P(ContrastiveLossTest, PullsEqualsTogether) {
  EXPECT_EQ(Forward(ContrastiveLossText(), {kA, kB, {{2}, {1, 1}}}),
            std::vector<float>({(25 + 0.25f) / 2 / 2}));
}

TEST_P(ContrastiveLossTest, PushesOthersBeyondTheMargin) {
  const std::vector<Values> bottoms = {kA, kB, {{2}, {0, 0}}};
  EXPECT_EQ(Forward(ContrastiveLossText(), bottoms),
            std::vector<float>({0.25f / 2 / 2}));
  EXPECT_EQ(Forward(ContrastiveLossText("margin: 2"), bottoms),
            std::vector<float>({1.5f * 1.5f / 2 / 2}));
  EXPECT_EQ(Forward(ContrastiveLossText("legacy_version: true"), bottoms),
            std::vector<float>({0.75f / 2 / 2}));
}

TEST_P(ContrastiveLossTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {2};
  for (const char* param :
       {"", "margin: 2", "margin: 3 legacy_version: true"}) {
    CheckGradient(
        ContrastiveLossText(param),
        {Distinct({4, 3}, 1), Distinct({4, 3}, 2), {{4}, {1, 0, 0, 1}}}, check);
  }
}

TEST_P(ContrastiveLossTest, WantsPairs) {
  EXPECT_EQ(
      ErrorOf(ContrastiveLossText(), {kA, Distinct({2, 3}), Constant({2}, 0)}),
      "its first bottoms are 2x2 and 2x3; they need equally many vectors "
      "of equal length");
  EXPECT_EQ(ErrorOf(ContrastiveLossText(), {kA, kB, Constant({3}, 0)}),
            "2 pairs need as many labels, but the third bottom is 3");
}

}  // namespace
}  // namespace doppio
