#include "layers/layer_test.h"

namespace doppio {
namespace {

class ShuffleChannelTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ShuffleChannelTest,
                         testing::ValuesIn(Devices()));

TEST_P(ShuffleChannelTest, TakesAChannelOfEachGroupInTurn) {
  EXPECT_EQ(
      Forward("type: 'ShuffleChannel' shuffle_channel_param { group: 2 }",
              {{{1, 6, 1, 2}, {0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51}}}),
      std::vector<float>({0, 1, 30, 31, 10, 11, 40, 41, 20, 21, 50, 51}));
}

TEST_P(ShuffleChannelTest, GradientMatchesDifferences) {
  CheckGradient("type: 'ShuffleChannel' shuffle_channel_param { group: 3 }",
                {{{2, 6, 2, 2}, {}}});
}

TEST_P(ShuffleChannelTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& group, const Shape& shape) {
    return ErrorOf(
        "type: 'ShuffleChannel' shuffle_channel_param { group: " + group + " }",
        {Constant(shape, 1)});
  };
  EXPECT_EQ(error("4", {1, 6, 2, 2}),
            "6 channels cannot be split into 4 groups");
  EXPECT_EQ(error("0", {1, 6, 2, 2}),
            "6 channels cannot be split into 0 groups");
  EXPECT_EQ(error("1", {6}), "needs a bottom of N x C x ..., not 6");
}

}  // namespace
}  // namespace doppio
