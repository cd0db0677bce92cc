#include "layers/layouts.h"

namespace doppio {
namespace {

class ExpTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ExpTest, testing::ValuesIn(Devices()));

TEST_P(ExpTest, RaisesTheBase) {
  ExpectNear(Forward("type: 'Exp'", {{{3}, {-1, 0, 1}}}),
             {0.36787945f, 1, 2.7182817f});
  ExpectNear(Forward("type: 'Exp' exp_param { base: 2 scale: 3 shift: 1 }",
                     {{{2}, {0, 1}}}),
             {2, 16});
}

TEST_P(ExpTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Exp'", {{{3, 7}, {}}});
  CheckGradient("type: 'Exp' exp_param { base: 2 scale: 3 shift: 1 }",
                {{{3, 7}, {}}});
}

TEST_P(ExpTest, RunsInPlaceAndInAnyLayout) {
  CheckElementwise("type: 'Exp'", GetParam());
}

TEST_P(ExpTest, WantsAPositiveBase) {
  EXPECT_EQ(ErrorOf("type: 'Exp' exp_param { base: -2 }", {Distinct({1})}),
            "exp_param has base: -2; give a positive one, or -1 for e");
}

}  // namespace
}  // namespace doppio
