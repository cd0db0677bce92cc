#include "layers/layer_test.h"

namespace doppio {
namespace {

class LstmUnitTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, LstmUnitTest, testing::ValuesIn(Devices()));

TEST_P(LstmUnitTest, GatesInputAndMemory) {
  // Gates of 1/2 at z = 0; tanh(g) = 0.6 at g = ln 2; so c = 2 / 2 + 0.6 / 2.
  LayerRun run = Make("type: 'LSTMUnit'",
                      {{{1, 2, 1}, {2, 2}},
                       {{1, 2, 4}, {0, 0, 0, 0.693147f, 0, 0, 0, 0.693147f}},
                       {{1, 2}, {1, 0}}});
  run.Forward();
  ExpectNear(run.Top(0), {1.3f, 0.3f});
  ExpectNear(run.Top(1), {0.430862f, 0.145656f});
}

TEST_P(LstmUnitTest, GradientMatchesDifferences) {
  CheckGradient("type: 'LSTMUnit'",
                {{{1, 3, 2}, {}}, {{1, 3, 8}, {}}, {{1, 3}, {1, 0, 1}}});
}

TEST_P(LstmUnitTest, ABottomWithoutGradientIsLeftAlone) {
  const std::vector<Values> bottoms = {
      Distinct({1, 2, 3}, 1), Distinct({1, 2, 12}, 2), {{1, 2}, {1, 1}}};
  LayerRun both("type: 'LSTMUnit'", bottoms, GetParam());
  LayerRun one("type: 'LSTMUnit'", bottoms, GetParam(), {0});
  for (LayerRun* run : {&both, &one}) {
    run->Forward();
    run->tops[1].diff.CopyFrom(DistinctValues(6));
    run->Backward();
  }
  EXPECT_TRUE(one.bottoms[0].diff.empty());
  EXPECT_EQ(one.BottomDiff(1), both.BottomDiff(1));
}

TEST_P(LstmUnitTest, SaysWhatDoesNotFit) {
  const auto error = [&](const Shape& c, const Shape& z, const Shape& cont) {
    return ErrorOf("type: 'LSTMUnit'",
                   {Constant(c, 1), Constant(z, 1), Constant(cont, 1)});
  };
  EXPECT_EQ(error({2, 3, 2}, {1, 3, 8}, {1, 3}),
            "needs a first bottom of 1 x sequences x cells, not 2x3x2");
  EXPECT_EQ(error({1, 3, 2}, {1, 3, 6}, {1, 3}),
            "a first bottom of 1x3x2 needs a second of 1x3x8, not 1x3x6");
  EXPECT_EQ(error({1, 3, 2}, {1, 3, 8}, {3}),
            "a first bottom of 1x3x2 needs a third of 1x3, not 3");
}

}  // namespace
}  // namespace doppio
