#include "layers/layouts.h"

namespace doppio {
namespace {

class DropoutTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, DropoutTest, testing::ValuesIn(Devices()));

std::string DropoutText(const std::string& more) {
  return "name: 'drop' type: 'Dropout' " + more;
}

TEST_P(DropoutTest, DropsAboutTheRatioAndScalesTheRest) {
  const std::vector<float> y =
      Forward(DropoutText("dropout_param { dropout_ratio: 0.2 }"),
              {Constant({100, 100}, 3)});
  int dropped = 0;
  for (const float v : y) {
    EXPECT_TRUE(v == 0 || v == 3 * (1 / (1 - 0.2f))) << v;
    dropped += v == 0;
  }
  // 10,000 draws: a standard deviation of 40.
  EXPECT_NEAR(dropped, 2000, 160);
}

TEST_P(DropoutTest, BackwardDropsTheSame) {
  LayerRun run = Make(DropoutText(""), {Constant({1000}, 1)});
  run.tops[0].diff.CopyFrom(std::vector<float>(1000, 1));
  run.layer->set_pass(5);
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), run.Top());
}

TEST_P(DropoutTest, GradientMatchesDifferences) {
  CheckGradient(DropoutText("dropout_param { dropout_ratio: 0.3 }"),
                {{{7, 50}, {}}});
}

TEST_P(DropoutTest, DrawsAnewForEachPassAndEachName) {
  LayerRun run = Make(DropoutText(""), {Constant({1000}, 1)});
  const std::vector<float> first = run.Forward().Top();
  run.layer->set_pass(1);
  const std::vector<float> second = run.Forward().Top();
  run.layer->set_pass(0);
  EXPECT_EQ(run.Forward().Top(), first);
  EXPECT_NE(second, first);
  EXPECT_NE(Forward("name: 'other' type: 'Dropout'", {Constant({1000}, 1)}),
            first);
}

TEST_P(DropoutTest, DrawsTheSameForAnyNumberOfThreads) {
  const Values ones = Constant({300, 1000}, 1);
  LayerRun run = Make(DropoutText(""), {ones});
  const Context one_thread(GetParam(), 1, 1);
  const std::vector<float> expected = run.Forward().Top();
  const Context three_threads(GetParam(), 1, 3);
  EXPECT_EQ(run.Forward().Top(), expected);
}

TEST_P(DropoutTest, PassesEverythingInTesting) {
  LayerRun run = Make(DropoutText("phase: TEST"), {Distinct({5, 3})});
  run.tops[0].diff.CopyFrom(DistinctValues(15));
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), DistinctValues(15));
  EXPECT_EQ(run.BottomDiff(), DistinctValues(15));
}

TEST_P(DropoutTest, PassesEverythingAtRatioZero) {
  EXPECT_EQ(Forward(DropoutText("dropout_param { dropout_ratio: 0 }"),
                    {Distinct({5, 3})}),
            DistinctValues(15));
}

TEST_P(DropoutTest, RunsInPlace) {
  ExpectSameInPlace(DropoutText(""), Distinct({3, 200}), GetParam());
  ExpectSameInPlace(DropoutText("phase: TEST"), Distinct({3, 200}), GetParam());
}

TEST_P(DropoutTest, TakesBlockedLayouts) {
  // Nothing is drawn at random here: the elements lie in another order.
  const LayoutPtr layout =
      ExpectSameBlocked(DropoutText("phase: TEST"), {Distinct({2, 3, 3, 2})});
  EXPECT_EQ(LayoutName(layout), "aBcd8b");

  LayerRun run(DropoutText(""), {Constant({2, 3, 3, 2}, 1)});
  Relayout(&run, {layout});
  run.tops[0].diff.CopyFrom(std::vector<float>(36, 1));
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), run.Top());
}

TEST_P(DropoutTest, ARatioOfOneDropsEverything) {
  EXPECT_EQ(Forward(DropoutText("dropout_param { dropout_ratio: 1 }"),
                    {Constant({8}, 2)}),
            std::vector<float>(8, 0));
}

TEST_P(DropoutTest, WantsARatioOfAtMostOne) {
  for (const char* ratio : {"1.5", "-0.5"}) {
    EXPECT_EQ(ErrorOf(DropoutText("dropout_param { dropout_ratio: " +
                                  std::string(ratio) + " }"),
                      {Distinct({4})}),
              "dropout_ratio: " + std::string(ratio) +
                  " is not in the range from 0 to 1");
  }
}

}  // namespace
}  // namespace doppio
