#include "layers/layer_test.h"

namespace doppio {
namespace {

class Im2colTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, Im2colTest, testing::ValuesIn(Devices()));

std::string Im2colText(const std::string& param) {
  return "type: 'Im2col' convolution_param { " + param + " }";
}

TEST_P(Im2colTest, LaysOutTheWindows) {
  const Values image = {{1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(TopShape(Im2colText("kernel_size: 2"), {image}),
            Shape({1, 4, 1, 2}));
  // Element by element of the window, in both of its places.
  EXPECT_EQ(Forward(Im2colText("kernel_size: 2"), {image}),
            std::vector<float>({1, 2, 2, 3, 4, 5, 5, 6}));
}

TEST_P(Im2colTest, PadsWithZeros) {
  EXPECT_EQ(Forward(Im2colText("kernel_size: 3 pad: 1 stride: 2"),
                    {{{1, 1, 3}, {1, 2, 3}}}),
            std::vector<float>({0, 2, 1, 3, 2, 0}));
}

TEST_P(Im2colTest, LeavesHolesIfDilated) {
  EXPECT_EQ(Forward(Im2colText("kernel_size: 2 dilation: 2"),
                    {{{1, 1, 4}, {1, 2, 3, 4}}}),
            std::vector<float>({1, 2, 3, 4}));
}

TEST_P(Im2colTest, GradientMatchesDifferences) {
  CheckGradient(Im2colText("kernel_size: 3 pad: 1 stride: 2"),
                {{{2, 2, 4, 5}, {}}});
  CheckGradient(Im2colText("kernel_h: 2 kernel_w: 1 dilation: 2"),
                {{{1, 2, 4, 3}, {}}});
  CheckGradient(Im2colText("kernel_size: 2"), {{{1, 2, 3, 2, 2}, {}}});
}

TEST_P(Im2colTest, WantsAKernelThatFits) {
  EXPECT_EQ(ErrorOf(Im2colText(""), {Distinct({1, 1, 2, 3})}),
            "convolution_param needs kernel_size, or kernel_h and kernel_w");
  EXPECT_EQ(ErrorOf(Im2colText("kernel_size: 3"), {Distinct({1, 1, 2, 3})}),
            "a kernel that spans 3 pixels does not fit an image of 2 padded by "
            "0");
}

TEST_P(Im2colTest, TakesManySpatialAxes) {
  const std::string error =
      ErrorOf(Im2colText("kernel_size: 1"), {Distinct({1, 1, 2, 2, 2, 2})});
  EXPECT_EQ(error, GetParam() == Device::kCpu
                       ? "(no Error)"
                       : "a bottom of 1x1x2x2x2x2 has 4 spatial axes; on the "
                         "GPU at most 3 can be");
}

}  // namespace
}  // namespace doppio
