#include "layers/layouts.h"

namespace doppio {
namespace {

class SigmoidTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SigmoidTest, testing::ValuesIn(Devices()));

TEST_P(SigmoidTest, MapsToTheRangeFromZeroToOne) {
  ExpectNear(Forward("type: 'Sigmoid'", {{{5}, {-200, -kLog3, 0, kLog3, 200}}}),
             {0, 0.25f, 0.5f, 0.75f, 1});
}

TEST_P(SigmoidTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Sigmoid'", {{{3, 7}, {}}});
}

TEST_P(SigmoidTest, RunsInPlaceAndInAnyLayout) {
  CheckElementwise("type: 'Sigmoid'", GetParam());
}

// Zeros become 0.5, which padding must not.
TEST_P(SigmoidTest, TakesABlockedLayoutIfThatHasNoPadding) {
  const LayoutPtr whole =
      ExpectSameBlocked("type: 'Sigmoid'", {Distinct({2, 8, 3, 2})});
  const LayoutPtr padded =
      ExpectSameBlocked("type: 'Sigmoid'", {Distinct({2, 3, 3, 2})});
  EXPECT_EQ(LayoutName(whole), "aBcd8b");
  EXPECT_EQ(LayoutName(padded), "plain");
}

}  // namespace
}  // namespace doppio
