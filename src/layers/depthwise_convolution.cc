#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// Another name for a Convolution, which a fork of Caffe gave to a faster one
// for many groups.
std::unique_ptr<Layer> CreateByOtherName(const LayerParameter& given,
                                         const Context& context) {
  LayerParameter param = given;
  param.set_type("Convolution");
  return LayerRegistry::Global().Create(param, context);
}

// On each device, as Convolution has a half for each.
const bool kDepthwiseConvolution = [] {
  LayerRegistry::Global().Add("DepthwiseConvolution", Device::kCpu,
                              CreateByOtherName);
  LayerRegistry::Global().Add("DepthwiseConvolution", Device::kCuda,
                              CreateByOtherName);
  return true;
}();

}  // namespace
}  // namespace doppio
