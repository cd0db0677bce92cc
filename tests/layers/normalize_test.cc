#include "layers/layer_test.h"

namespace doppio {
namespace {

class NormalizeTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, NormalizeTest, testing::ValuesIn(Devices()));

TEST_P(NormalizeTest, BringsEachPixelToTheScale) {
  LayerRun run = Make(
      "type: 'Normalize' norm_param { across_spatial: false channel_shared: "
      "false scale_filler { value: 20 } }",
      {{{1, 2, 1, 2}, {3, 0, 4, -2}}});
  EXPECT_EQ(run.layer->params()[0].shape, Shape({2}));
  ExpectNear(run.Forward().Top(), {12, 0, 16, -20});
}

TEST_P(NormalizeTest, OrAWholeImage) {
  LayerRun run = Make("type: 'Normalize'", {{{2, 2, 1, 2},  //
                                             {1, 1, 1, 1, 2, 0, 0, 0}}});
  EXPECT_EQ(run.layer->params()[0].shape, Shape({}));
  ExpectNear(run.Forward().Top(), {.5f, .5f, .5f, .5f, 1, 0, 0, 0});
}

TEST_P(NormalizeTest, EpsKeepsZerosFinite) {
  EXPECT_EQ(Forward("type: 'Normalize'", {Constant({1, 2, 1, 1}, 0)}),
            std::vector<float>({0, 0}));
  ExpectNear(
      Forward("type: 'Normalize' norm_param { eps: 3 }", {{{1, 1, 1, 1}, {1}}}),
      {.5f});
}

TEST_P(NormalizeTest, GradientMatchesDifferences) {
  for (const char* across : {"true", "false"}) {
    for (const char* shared : {"true", "false"}) {
      CheckGradient(std::string("type: 'Normalize' norm_param { "
                                "across_spatial: ") +
                        across + " channel_shared: " + shared +
                        " scale_filler { value: 1.5 } }",
                    {{{2, 3, 2, 2}, {}}});
    }
  }
}

TEST_P(NormalizeTest, DiffsOfTheScaleAddUpWhereAskedTo) {
  LayerRun run = Make("type: 'Normalize'", {Distinct({2, 3, 2, 2})});
  run.Forward();
  run.tops[0].diff.CopyFrom(DistinctValues(24, 5));
  run.Backward();
  const float once = run.ParamDiff(0)[0];
  run.layer->params()[0].accumulate = true;
  run.Backward();
  EXPECT_FLOAT_EQ(run.ParamDiff(0)[0], 2 * once);
}

TEST_P(NormalizeTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf("type: 'Normalize'", {Constant({3}, 1)}),
            "needs a bottom of N x C x ..., not 3");
}

}  // namespace
}  // namespace doppio
