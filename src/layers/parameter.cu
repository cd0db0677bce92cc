#include "doppio/layer_registry.h"
#include "layers/parameter.h"
#include "layers/shared/weighted_sum.cuh"

namespace doppio {
namespace {

class ParameterCuda final : public ParameterLayer {
 public:
  using ParameterLayer::ParameterLayer;

 protected:
  void Add(int64_t n, const float* x, float* y) const override {
    CudaWeightedSum({y, x}, {1, 1}, n, y);
  }
};

const RegisterLayer<ParameterCuda> kParameterCuda("Parameter", Device::kCuda);

}  // namespace
}  // namespace doppio
