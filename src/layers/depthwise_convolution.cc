#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// Another name for a Convolution, which a fork of Caffe gave to a faster one
// for many groups.
std::unique_ptr<Layer> Create(const LayerParameter& given,
                              const Context& context) {
  LayerParameter param = given;
  param.set_type("Convolution");
  return LayerRegistry::Global().Create(param, context);
}

const bool kDepthwiseConvolutionCpu = [] {
  LayerRegistry::Global().Add("DepthwiseConvolution", Device::kCpu, Create);
  return true;
}();

}  // namespace
}  // namespace doppio
