#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// A Convolution of as many groups as output channels, which must be as many as
// input channels. This name for it leaves out `group`.
std::unique_ptr<Layer> CreateDepthwise(const LayerParameter& given,
                                       const Context& context) {
  LayerParameter param = given;
  param.set_type("Convolution");
  ConvolutionParameter* convolution = param.mutable_convolution_param();
  Require(convolution->num_output() > 0, "convolution_param needs num_output");
  Require(!convolution->has_group() ||
              convolution->group() == convolution->num_output(),
          "a depthwise convolution has a group for each output: leave out "
          "group, which is ",
          convolution->group(), " for num_output ", convolution->num_output());
  convolution->set_group(convolution->num_output());
  return LayerRegistry::Global().Create(param, context);
}

// On each device, as Convolution has a half for each.
const bool kConvolutionDepthwise = [] {
  LayerRegistry::Global().Add("ConvolutionDepthwise", Device::kCpu,
                              CreateDepthwise);
  LayerRegistry::Global().Add("ConvolutionDepthwise", Device::kCuda,
                              CreateDepthwise);
  return true;
}();

}  // namespace
}  // namespace doppio
