#include "layers/parameter.h"

#include "doppio/layer_registry.h"
#include "layers/shared/blob_shape.h"
#include "layers/shared/weighted_sum.h"

namespace doppio {

LayerTraits ParameterLayer::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 0;
  t.shares_data = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes ParameterLayer::Reshape(const Shapes&) {
  const Shape shape = ShapeOf(param_.parameter_param().shape());
  DeclareParam(0, shape, FillerParameter());
  return {shape};
}

void ParameterLayer::Forward(const Blobs&, const Blobs& tops) {
  tops[0]->data = params()[0].blob.data;
}

void ParameterLayer::Backward(const Blobs& tops, const Blobs&) {
  Parameter& param = params()[0];
  if (!param.learns) return;
  if (!param.accumulate) {
    param.blob.diff.CopyFrom(tops[0]->diff);
    return;
  }
  Add(tops[0]->diff.count(), tops[0]->diff.data(), param.blob.diff.data());
}

void ParameterLayer::Add(int64_t n, const float* x, float* y) const {
  WeightedSum({y, x}, {1, 1}, n, y);
}

const RegisterLayer<ParameterLayer> kParameterCpu("Parameter", Device::kCpu);

}  // namespace doppio
