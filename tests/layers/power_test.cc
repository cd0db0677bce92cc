#include "layers/layouts.h"

namespace doppio {
namespace {

class PowerTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, PowerTest, testing::ValuesIn(Devices()));

std::string PowerText(const std::string& param) {
  return "type: 'Power' power_param { " + param + " }";
}

TEST_P(PowerTest, RaisesToThePower) {
  const Values x = {{3}, {-1, 0, 1}};
  ExpectNear(Forward("type: 'Power'", {x}), {-1, 0, 1});
  ExpectNear(Forward(PowerText("power: 3 scale: 2 shift: 1"), {x}),
             {-1, 1, 27});
  ExpectNear(Forward(PowerText("power: 2 shift: -3"), {x}), {16, 9, 4});
  ExpectNear(Forward(PowerText("power: 0"), {x}), {1, 1, 1});
  ExpectNear(Forward(PowerText("power: 2 scale: 0 shift: 3"), {x}), {9, 9, 9});
}

TEST_P(PowerTest, GradientMatchesDifferences) {
  for (const char* param :
       {"", "scale: 3 shift: 2", "power: 2", "power: 2 scale: 3 shift: 1",
        "power: 3", "power: -1.5 scale: 2 shift: 4", "power: 0",
        "power: 3 scale: 0 shift: 2"}) {
    CheckGradient(PowerText(param), {{{3, 7}, {}}});
  }
}

TEST_P(PowerTest, HasAGradientWhereTheBaseIsZero) {
  LayerRun run = Make(PowerText("power: 3"), {{{1}, {0}}});
  run.tops[0].diff.CopyFrom({1});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0}));
}

TEST_P(PowerTest, RunsInPlaceIfItOnlyScalesAndShifts) {
  EXPECT_TRUE(
      Make(PowerText("scale: 2"), {Distinct({4})}).layer->traits().in_place);
  EXPECT_FALSE(
      Make(PowerText("power: 2"), {Distinct({4})}).layer->traits().in_place);
}

TEST_P(PowerTest, RunsInAnyLayout) {
  CheckElementwise(PowerText("scale: 2"), GetParam());
  CheckElementwise(PowerText("scale: 2 shift: 1"), GetParam());
  CheckElementwise(PowerText("power: 2"), GetParam());
  CheckElementwise(PowerText("power: 0.5 scale: 0"), GetParam());
}

// Its slope at 0 is infinite, and times the zeros of padding no number.
TEST_P(PowerTest, TheRootTakesNoPadding) {
  Values positive = Distinct({2, 3, 3, 2});
  for (float& v : positive.values) v = v * v;
  const LayoutPtr layout =
      ExpectSameBlocked(PowerText("power: 0.5"), {positive});
  EXPECT_EQ(LayoutName(layout), "plain");
}

}  // namespace
}  // namespace doppio
