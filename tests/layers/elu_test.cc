#include "layers/layouts.h"

namespace doppio {
namespace {

class EluTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, EluTest, testing::ValuesIn(Devices()));

TEST_P(EluTest, BendsTowardsMinusAlpha) {
  const float log_half = -0.6931472f;
  ExpectNear(Forward("type: 'ELU'", {{{3}, {log_half, -200, 3}}}),
             {-0.5f, -1, 3});
  ExpectNear(Forward("type: 'ELU' elu_param { alpha: 2 }",
                     {{{3}, {log_half, -200, 3}}}),
             {-1, -2, 3});
}

TEST_P(EluTest, GradientMatchesDifferences) {
  CheckGradient("type: 'ELU'", {{{3, 7}, {}}});
  CheckGradient("type: 'ELU' elu_param { alpha: 0.3 }", {{{3, 7}, {}}});
}

// Then y does not tell the sign of x.
TEST_P(EluTest, TurningTheSignRoundTakesX) {
  const char* text = "type: 'ELU' elu_param { alpha: -0.5 }";
  CheckGradient(text, {{{3, 7}, {}}});
  EXPECT_FALSE(Make(text, {Distinct({4})}).layer->traits().in_place);
}

TEST_P(EluTest, RunsInPlaceAndInAnyLayout) {
  CheckElementwise("type: 'ELU'", GetParam());
}

}  // namespace
}  // namespace doppio
