#include "layers/layouts.h"

namespace doppio {
namespace {

class BnllTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, BnllTest, testing::ValuesIn(Devices()));

TEST_P(BnllTest, IsTheLogarithmOfOnePlusTheExponential) {
  ExpectNear(Forward("type: 'BNLL'", {{{4}, {-100, 0, 1.0986123f, 100}}}),
             {0, 0.6931472f, 1.3862944f, 100});
}

TEST_P(BnllTest, GradientMatchesDifferences) {
  CheckGradient("type: 'BNLL'", {{{3, 7}, {}}});
}

TEST_P(BnllTest, RunsInAnyLayout) {
  CheckElementwise("type: 'BNLL'", GetParam());
}

}  // namespace
}  // namespace doppio
