#include "layers/layer_test.h"

namespace doppio {
namespace {

class DepthwiseConvolutionTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, DepthwiseConvolutionTest,
                         testing::ValuesIn(Devices()));

TEST_P(DepthwiseConvolutionTest, IsAnotherNameForConvolution) {
  const std::string settings =
      " convolution_param { num_output: 4 group: 4 kernel_size: 3 pad: 1 "
      "weight_filler { type: 'gaussian' } }";
  const Values x = Distinct({2, 4, 5, 6});
  EXPECT_EQ(Forward("type: 'DepthwiseConvolution'" + settings, {x}),
            Forward("type: 'Convolution'" + settings, {x}));
}

}  // namespace
}  // namespace doppio
