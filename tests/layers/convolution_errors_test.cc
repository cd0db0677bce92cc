#include "layers/layer_test.h"

namespace doppio {
namespace {

class ConvolutionErrorsTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionErrorsTest,
                         testing::ValuesIn(Devices()));

TEST_P(ConvolutionErrorsTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings,
                         const Shape& x = {1, 4, 5, 5}) {
    return ErrorOf("type: 'Convolution' convolution_param { " + settings + " }",
                   {Constant(x, 1)});
  };
  EXPECT_EQ(error("num_output: 1 kernel_size: 0"),
            "kernel_size of spatial axis 0 is 0, but must be at least 1");
  EXPECT_EQ(error("num_output: 1 kernel_h: 3"),
            "kernel_size of spatial axis 1 is 0, but must be at least 1");
  EXPECT_EQ(error("num_output: 1 kernel_size: 3 stride: 0"),
            "stride of spatial axis 0 is 0, but must be at least 1");
  EXPECT_EQ(error("num_output: 1 kernel_size: 3 dilation: 0"),
            "dilation of spatial axis 0 is 0, but must be at least 1");
  EXPECT_EQ(error("num_output: 1 kernel_size: 3 kernel_w: 3"),
            "convolution_param has both kernel_size and kernel_h/kernel_w; "
            "keep one");
  EXPECT_EQ(error("num_output: 1 kernel_h: 3 kernel_w: 3", {1, 4, 5}),
            "kernel_h and kernel_w are for 2 spatial axes, but the bottom has "
            "1; use kernel_size");
  EXPECT_EQ(error("num_output: 1 kernel_size: 3 pad: 1 pad: 1 pad: 1"),
            "pad is given 3 times for 2 spatial axes; give it once, or once "
            "for each");
  EXPECT_EQ(error("num_output: 1 kernel_size: 3 dilation: 4 pad: 1"),
            "a kernel that spans 9 pixels does not fit an image of 5 padded by "
            "1");
  EXPECT_EQ(error("num_output: 1 kernel_size: 1 axis: 4"),
            "axis 4 of a blob with 4 axes (1x4x5x5)");
}

TEST_P(ConvolutionErrorsTest, DeconvolutionSaysTheSame) {
  for (const std::string type : {"Convolution", "Deconvolution"}) {
    SCOPED_TRACE(type);
    const auto text = [&](const std::string& settings) {
      return "type: '" + type + "' convolution_param { " + settings + " }";
    };
    const auto error = [&](const std::string& settings,
                           const Shape& x = {1, 4, 5, 5}) {
      return ErrorOf(text(settings), {Constant(x, 1)});
    };
    EXPECT_EQ(error("kernel_size: 3"), "convolution_param needs num_output");
    EXPECT_EQ(error("num_output: 2 group: 0"),
              "group is 0, but must be at least 1");
    EXPECT_EQ(error("num_output: 3 group: 2 kernel_size: 3"),
              "num_output 3 cannot be split into 2 groups");
    EXPECT_EQ(error("num_output: 6 group: 3 kernel_size: 3"),
              "4 input channels cannot be split into 3 groups");
    EXPECT_EQ(error("num_output: 1"),
              "convolution_param needs kernel_size, or kernel_h and kernel_w");
    EXPECT_EQ(error("num_output: 1 kernel_size: 1", {1, 1, 1, 1, 1, 1}),
              "a bottom of shape 1x1x1x1x1x1 has 4 spatial axes after channel "
              "axis 1, but at most 3 can be");
    const std::string one = text("num_output: 1 kernel_size: 1");
    EXPECT_EQ(
        ErrorOf(one, {Constant({1, 1, 2, 2}, 1), Constant({1, 1, 2, 2}, 1)}),
        "has 2 bottoms but 1 tops; it needs one top for each bottom");
    EXPECT_EQ(ErrorOf(one + " top: 'y' top: 'z'",
                      {Constant({1, 1, 2, 2}, 1), Constant({1, 1, 2, 3}, 1)}),
              "its bottoms must have one shape, not 1x1x2x2 and 1x1x2x3");
  }
}

}  // namespace
}  // namespace doppio
