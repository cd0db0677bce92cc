#include "layers/layouts.h"

namespace doppio {
namespace {

class TanhTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, TanhTest, testing::ValuesIn(Devices()));

TEST_P(TanhTest, MapsToTheRangeFromMinusOneToOne) {
  ExpectNear(Forward("type: 'TanH'",
                     {{{5}, {-200, -0.54930615f, 0, 0.54930615f, 200}}}),
             {-1, -0.5f, 0, 0.5f, 1});
}

TEST_P(TanhTest, IsExactForSmallValues) {
  ExpectNear(Forward("type: 'TanH'", {{{2}, {1e-6f, -1e-12f}}}),
             {1e-6f, -1e-12f}, 0, 1e-6f);
}

TEST_P(TanhTest, GradientMatchesDifferences) {
  CheckGradient("type: 'TanH'", {{{3, 7}, {}}});
}

TEST_P(TanhTest, RunsInPlaceAndInAnyLayout) {
  CheckElementwise("type: 'TanH'", GetParam());
}

}  // namespace
}  // namespace doppio
