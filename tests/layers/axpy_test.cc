#include "layers/layer_test.h"

namespace doppio {
namespace {

class AxpyTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, AxpyTest, testing::ValuesIn(Devices()));

TEST_P(AxpyTest, ScalesEachChannelAndAdds) {
  EXPECT_EQ(Forward("type: 'Axpy'", {{{1, 2, 1, 1}, {2, -1}},
                                     {{1, 2, 1, 2}, {1, 2, 3, 4}},
                                     {{1, 2, 1, 2}, {10, 20, 30, 40}}}),
            std::vector<float>({12, 24, 27, 36}));
}

TEST_P(AxpyTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Axpy'",
                {{{2, 3, 1, 1}, {}}, {{2, 3, 2, 2}, {}}, {{2, 3, 2, 2}, {}}});
  CheckGradient("type: 'Axpy'",
                {{{2, 3}, {}}, {{2, 3, 4}, {}}, {{2, 3, 4}, {}}});
}

TEST_P(AxpyTest, SaysWhatDoesNotFit) {
  const Values x = Constant({2, 3, 2, 2}, 1);
  EXPECT_EQ(ErrorOf("type: 'Axpy'", {Constant({2, 4, 1, 1}, 1), x, x}),
            "a second bottom of 2x3x2x2 needs a factor for each of 2 x 3 "
            "channels, but the first bottom is 2x4x1x1");
  EXPECT_EQ(ErrorOf("type: 'Axpy'",
                    {Constant({2, 3, 1, 1}, 1), x, Constant({2, 3, 2, 1}, 1)}),
            "the second and the third bottom are added, but are 2x3x2x2 and "
            "2x3x2x1");
  EXPECT_EQ(ErrorOf("type: 'Axpy'",
                    {Constant({2}, 1), Constant({2}, 1), Constant({2}, 1)}),
            "needs a second bottom of N x C x ..., not 2");
}

}  // namespace
}  // namespace doppio
