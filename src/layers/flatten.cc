#include "layers/flatten.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/share.h"

namespace doppio {

LayerTraits Flatten::traits() const { return SharingTraits(); }

Shapes Flatten::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  const int first = x.Axis(param_.flatten_param().axis());
  const int last = x.Axis(param_.flatten_param().end_axis());
  // An empty range just before `axis` inserts an axis of 1, as in Caffe.
  Require(first <= last + 1, "flatten_param names axes ", first, " to ", last,
          " of ", x, "; axis has to come before end_axis");
  std::vector<int> extents;
  for (int i = 0; i < first; ++i) extents.push_back(x[i]);
  extents.push_back(static_cast<int>(x.count(first, last + 1)));
  for (int i = last + 1; i < x.axes(); ++i) extents.push_back(x[i]);
  top_ = Shape(std::move(extents));
  return {top_};
}

void Flatten::Forward(const Blobs& bottoms, const Blobs& tops) {
  tops[0]->data = bottoms[0]->data.Reshaped(top_);
}

void Flatten::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (propagate_down(0)) PassDiff(*tops[0], bottoms[0]);
}

const RegisterLayer<Flatten> kFlattenCpu("Flatten", Device::kCpu);

}  // namespace doppio
