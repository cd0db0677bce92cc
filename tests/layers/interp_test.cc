#include "layers/layer_test.h"

namespace doppio {
namespace {

class InterpTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, InterpTest, testing::ValuesIn(Devices()));

TEST_P(InterpTest, InterpolatesBetweenTheCorners) {
  EXPECT_EQ(
      Forward("type: 'Interp' interp_param { height: 3 width: 5 }",
              {{{1, 1, 2, 3}, {0, 2, 4, 10, 12, 14}}}),
      std::vector<float>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}));
}

TEST_P(InterpTest, TheSameSizeIsACopy) {
  const Values x = Distinct({2, 3, 4, 5});
  EXPECT_EQ(Forward("type: 'Interp' interp_param { height: 4 width: 5 }", {x}),
            x.values);
}

TEST_P(InterpTest, TheSizeIsGivenInOneOfFourWays) {
  const auto shape = [&](const std::string& settings) {
    return TopShape("type: 'Interp' interp_param { " + settings + " }",
                    {Distinct({1, 1, 5, 9})});
  };
  EXPECT_EQ(shape("height: 7 width: 3"), Shape({1, 1, 7, 3}));
  EXPECT_EQ(shape("zoom_factor: 8"), Shape({1, 1, 33, 65}));
  EXPECT_EQ(shape("shrink_factor: 2"), Shape({1, 1, 3, 5}));
  EXPECT_EQ(shape("shrink_factor: 4 zoom_factor: 2"), Shape({1, 1, 3, 5}));
  EXPECT_EQ(shape("zoom_factor: 2 pad_beg: -1 pad_end: -2"),
            Shape({1, 1, 3, 11}));
  EXPECT_EQ(TopShape("type: 'Interp'",
                     {Distinct({1, 2, 5, 9}), Distinct({1, 4, 6, 8})}),
            Shape({1, 2, 6, 8}));
}

TEST_P(InterpTest, NegativePaddingCrops) {
  EXPECT_EQ(Forward("type: 'Interp' interp_param { height: 1 width: 3 "
                    "pad_beg: -1 pad_end: 0 }",
                    {{{1, 1, 2, 3}, {0, 1, 2, 3, 4, 6}}}),
            std::vector<float>({4, 5, 6}));
}

TEST_P(InterpTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Interp' interp_param { height: 5 width: 7 }",
                {{{2, 2, 3, 4}, {}}});
  CheckGradient("type: 'Interp' interp_param { shrink_factor: 2 pad_beg: -1 }",
                {{{1, 2, 6, 4}, {}}});
  CheckGradient("type: 'Interp'", {{{1, 1, 3, 3}, {}}, {{1, 1, 1, 1}, {}}});
}

TEST_P(InterpTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings) {
    return ErrorOf("type: 'Interp' interp_param { " + settings + " }",
                   {Constant({1, 1, 3, 3}, 1)});
  };
  EXPECT_EQ(error(""),
            "the size must be given in one way: height and width, zoom_factor "
            "and shrink_factor, or a second bottom; it is given in 0");
  EXPECT_EQ(error("height: 2 width: 2 zoom_factor: 2").substr(0, 36),
            "the size must be given in one way: h");
  EXPECT_EQ(error("height: 2"),
            "interp_param has only one of height and width; give both");
  EXPECT_EQ(error("height: 2 width: 0"), "interp_param asks for 2 x 0 pixels");
  EXPECT_EQ(error("zoom_factor: 0"),
            "zoom_factor 0 and shrink_factor 1 must be at least 1");
  EXPECT_EQ(error("zoom_factor: 2 pad_beg: 1"),
            "pad_beg 1 and pad_end 0 must be 0, or negative to crop; nothing "
            "can be added");
  EXPECT_EQ(error("zoom_factor: 2 pad_beg: -3"),
            "pad_beg -3 and pad_end 0 crop all of 3 pixels");
  EXPECT_EQ(error("zoom_factor: 2000000000"),
            "zoom_factor 2000000000 makes 3 pixels 4000000001");
  EXPECT_EQ(ErrorOf("type: 'Interp'",
                    {Constant({1, 1, 2, 2}, 1), Constant({1, 1, 0, 2}, 1)}),
            "the second bottom, 1x1x0x2, has no pixels");
  EXPECT_EQ(ErrorOf("type: 'Interp' interp_param { zoom_factor: 2 }",
                    {Constant({2}, 1)}),
            "needs bottoms of 4 axes (N x C x H x W), not 2");
}

}  // namespace
}  // namespace doppio
