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
  float* diff = param.blob.diff.data();
  WeightedSum({diff, tops[0]->diff.data()}, {1, 1}, tops[0]->diff.count(),
              diff);
}

const RegisterLayer<ParameterLayer> kParameterCpu("Parameter", Device::kCpu);

}  // namespace doppio
