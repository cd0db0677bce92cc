#include "layers/layouts.h"

namespace doppio {
namespace {

class ThresholdTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ThresholdTest, testing::ValuesIn(Devices()));

TEST_P(ThresholdTest, IsOneAboveTheThreshold) {
  EXPECT_EQ(Forward("type: 'Threshold'", {{{3}, {-1, 0, 0.5f}}}),
            std::vector<float>({0, 0, 1}));
  EXPECT_EQ(Forward("type: 'Threshold' threshold_param { threshold: 0.5 }",
                    {{{3}, {0.4f, 0.5f, 0.6f}}}),
            std::vector<float>({0, 0, 1}));
}

TEST_P(ThresholdTest, HasNoGradient) {
  EXPECT_FALSE(
      Make("type: 'Threshold'", {Distinct({3})}).layer->Differentiable(0));
}

TEST_P(ThresholdTest, RunsInPlaceAndInAnyLayout) {
  const std::string below =
      "type: 'Threshold' threshold_param { threshold: -1 }";
  for (const std::string& text : {std::string("type: 'Threshold'"), below}) {
    ExpectSameBlocked(text, {Distinct({2, 3, 3, 2})});
  }
}

}  // namespace
}  // namespace doppio
