#include "layers/layer_test.h"

namespace doppio {
namespace {

class UpsampleTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, UpsampleTest, testing::ValuesIn(Devices()));

TEST_P(UpsampleTest, PutsValuesWhereTheMaximaLay) {
  const std::vector<Values> bottoms = {{{1, 2, 1, 2}, {5, 6, 7, 8}},
                                       {{1, 2, 1, 2}, {1, 6, 0, 7}}};
  EXPECT_EQ(TopShape("type: 'Upsample'", bottoms), Shape({1, 2, 2, 4}));
  EXPECT_EQ(
      Forward("type: 'Upsample'", bottoms),
      std::vector<float>({0, 5, 0, 0, 0, 0, 6, 0, 7, 0, 0, 0, 0, 0, 0, 8}));
}

TEST_P(UpsampleTest, UndoesMaxPooling) {
  const Values x = Distinct({2, 3, 5, 7});
  LayerRun pool = Make(
      "type: 'Pooling' top: 'y' top: 'mask' pooling_param { kernel_size: 2 "
      "stride: 2 }",
      {x});
  pool.Forward();
  const Shape pooled = pool.tops[0].shape();
  const std::vector<float> up =
      Forward("type: 'Upsample' upsample_param { upsample_h: 5 upsample_w: 7 }",
              {{pooled, pool.Top(0)}, {pooled, pool.Top(1)}});
  ASSERT_EQ(up.size(), x.values.size());
  size_t kept = 0;
  for (size_t i = 0; i < up.size(); ++i) {
    if (up[i] == 0) continue;
    EXPECT_EQ(up[i], x.values[i]);
    ++kept;
  }
  EXPECT_EQ(kept, pool.Top(0).size());
}

TEST_P(UpsampleTest, WithoutAMaskEachPixelCopiesTheNearest) {
  EXPECT_EQ(
      Forward("type: 'Upsample'", {{{1, 2, 1, 2}, {5, 6, 7, 8}}}),
      std::vector<float>({5, 5, 6, 6, 5, 5, 6, 6, 7, 7, 8, 8, 7, 7, 8, 8}));
  // Five pixels of two values, and three rows of two.
  EXPECT_EQ(
      Forward("type: 'Upsample' upsample_param { upsample_h: 3 upsample_w: 5 }",
              {{{1, 1, 2, 2}, {1, 2, 3, 4}}}),
      std::vector<float>({1, 1, 1, 2, 2, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4}));
  CheckGradient("type: 'Upsample' upsample_param { scale: 3 }",
                {{{2, 2, 2, 3}, {}}});
  CheckGradient(
      "type: 'Upsample' upsample_param { upsample_h: 3 upsample_w: 7 }",
      {{{1, 2, 2, 3}, {}}});
}

TEST_P(UpsampleTest, TheSizeFollowsFromScaleOrIsGiven) {
  const auto shape = [&](const std::string& settings) {
    return TopShape("type: 'Upsample' upsample_param { " + settings + " }",
                    {Constant({1, 1, 3, 4}, 1), Constant({1, 1, 3, 4}, 0)});
  };
  EXPECT_EQ(shape(""), Shape({1, 1, 6, 8}));
  EXPECT_EQ(shape("scale: 3"), Shape({1, 1, 9, 12}));
  EXPECT_EQ(shape("scale_h: 1 scale_w: 2"), Shape({1, 1, 3, 8}));
  EXPECT_EQ(shape("pad_out_h: true"), Shape({1, 1, 5, 8}));
  EXPECT_EQ(shape("pad_out_w: true"), Shape({1, 1, 6, 7}));
  EXPECT_EQ(shape("scale: 2 upsample_h: 5 upsample_w: 9"), Shape({1, 1, 5, 9}));
}

TEST_P(UpsampleTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Upsample'",
                {{{1, 2, 1, 2}, {}}, {{1, 2, 1, 2}, {1, 6, 0, 7}}});
}

TEST_P(UpsampleTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings, float place,
                         const Shape& mask = {1, 1, 1, 1}) {
    return ErrorOf("type: 'Upsample' upsample_param { " + settings + " }",
                   {Constant({1, 1, 1, 1}, 1), Constant(mask, place)});
  };
  EXPECT_EQ(error("", 4),
            "the mask has 4 in channel 0 of sample 0, which is no place in 2 x "
            "2; are upsample_h and upsample_w those of the image that was "
            "pooled?");
  EXPECT_EQ(error("", -1).substr(0, 15), "the mask has -1");
  EXPECT_EQ(error("", 0.5f).substr(0, 16), "the mask has 0.5");
  EXPECT_EQ(
      error("", 0, {1, 1, 1, 2}),
      "values of 1x1x1x1 need a mask of that shape, but the second bottom "
      "is 1x1x1x2");
  EXPECT_EQ(error("upsample_h: 2", 0),
            "upsample_param has only one of upsample_h and upsample_w; give "
            "both");
  EXPECT_EQ(error("scale_h: 2", 0),
            "upsample_param has only one of scale_h and scale_w; give both");
  EXPECT_EQ(error("scale: 2 scale_h: 2 scale_w: 2", 0),
            "upsample_param has both scale and scale_h/scale_w; keep one");
  EXPECT_EQ(error("scale: 3 pad_out_w: true", 0),
            "pad_out_w goes with a scale of 2, not of 3; give upsample_h and "
            "upsample_w");
  EXPECT_EQ(ErrorOf("type: 'Upsample'", {Constant({2}, 1), Constant({2}, 0)}),
            "needs a bottom of 4 axes (N x C x H x W), not 2");
}

}  // namespace
}  // namespace doppio
