#include "layers/layer_test.h"

namespace doppio {
namespace {

class ConvolutionDepthwiseTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionDepthwiseTest,
                         testing::ValuesIn(Devices()));

TEST_P(ConvolutionDepthwiseTest, IsAConvolutionOfEachChannel) {
  LayerRun run = Make(
      "type: 'ConvolutionDepthwise' convolution_param { num_output: 2 "
      "kernel_size: 2 bias_term: false }",
      {{{1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  EXPECT_EQ(run.layer->params()[0].shape, Shape({2, 1, 2, 2}));
  run.SetParam(0, {1, 0, 0, 0, 0, 1, 0, 1});
  EXPECT_EQ(run.Forward().Top(), std::vector<float>({1, 14}));
}

TEST_P(ConvolutionDepthwiseTest, GradientMatchesDifferences) {
  CheckGradient(
      "type: 'ConvolutionDepthwise' convolution_param { num_output: "
      "3 kernel_size: 3 pad: 1 stride: 2 weight_filler { type: "
      "'gaussian' } }",
      {{{2, 3, 4, 5}, {}}});
}

TEST_P(ConvolutionDepthwiseTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings) {
    return ErrorOf(
        "type: 'ConvolutionDepthwise' convolution_param { "
        "kernel_size: 1 " +
            settings + " }",
        {Constant({1, 4, 2, 2}, 1)});
  };
  EXPECT_EQ(error(""), "convolution_param needs num_output");
  EXPECT_EQ(error("num_output: 4 group: 2"),
            "a depthwise convolution has a group for each output: leave out "
            "group, which is 2 for num_output 4");
  EXPECT_EQ(error("num_output: 8"),
            "4 input channels cannot be split into 8 groups");
}

}  // namespace
}  // namespace doppio
