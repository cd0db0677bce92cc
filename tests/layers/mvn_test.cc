#include "layers/layouts.h"

namespace doppio {
namespace {

class MvnTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, MvnTest, testing::ValuesIn(Devices()));

std::string MvnText(const std::string& param = "") {
  return "type: 'MVN' mvn_param { " + param + " }";
}

// Channels of mean 2 and 6 and of standard deviation 1 and 2.
const Values kTwoChannels = {{1, 2, 1, 2}, {1, 3, 4, 8}};

TEST_P(MvnTest, GivesEachChannelMeanZeroAndVarianceOne) {
  ExpectNear(Forward(MvnText(), {kTwoChannels}), {-1, 1, -1, 1});
  ExpectNear(Forward(MvnText("eps: 1"), {kTwoChannels}),
             {-0.5f, 0.5f, -2 / 3.f, 2 / 3.f});
}

TEST_P(MvnTest, LeavesTheVarianceIfAsked) {
  ExpectNear(Forward(MvnText("normalize_variance: false"), {kTwoChannels}),
             {-1, 1, -2, 2});
}

TEST_P(MvnTest, TakesChannelsTogetherIfAsked) {
  ExpectNear(Forward(MvnText("normalize_variance: false across_channels: true"),
                     {kTwoChannels}),
             {-3, -1, 0, 4});
}

TEST_P(MvnTest, GradientMatchesDifferences) {
  for (const char* param :
       {"", "across_channels: true", "normalize_variance: false"}) {
    CheckGradient(MvnText(param), {{{2, 3, 2, 3}, {}}});
  }
}

TEST_P(MvnTest, RunsInPlace) {
  ExpectSameInPlace(MvnText(), Distinct({2, 3, 2, 3}), GetParam());
  ExpectSameInPlace(MvnText("normalize_variance: false"),
                    Distinct({2, 3, 2, 3}), GetParam());
}

TEST_P(MvnTest, WantsAxes) {
  EXPECT_EQ(ErrorOf(MvnText(), {{{}, {1}}}),
            "needs a bottom with axes, not a scalar");
}

}  // namespace
}  // namespace doppio
