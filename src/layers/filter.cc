#include "layers/filter.h"

#include <algorithm>

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Filter::traits() const {
  LayerTraits t;
  t.min_bottoms = 2;
  t.max_bottoms = LayerTraits::kAny;
  t.max_tops = LayerTraits::kAny;
  t.shares_data = true;  // tops of a size of their own
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Filter::Reshape(const Shapes& bottoms) {
  const Shape& selector = bottoms.back();
  Require(selector.axes() >= 1 && selector.count(1) == 1,
          "the selector, its last bottom, is ", selector,
          "; it needs one value for each image");
  Require(top_count() == static_cast<int>(bottoms.size()) - 1, "has ",
          top_count(), " tops for ", bottoms.size(),
          " bottoms; it needs one top for each bottom but the last");
  for (size_t i = 0; i + 1 < bottoms.size(); ++i) {
    Require(bottoms[i].axes() >= 1 && bottoms[i][0] == selector[0], "bottom ",
            i, " is ", bottoms[i], ", but there are ", selector[0],
            " selectors");
  }
  return {bottoms.begin(), bottoms.end() - 1};
}

void Filter::Forward(const Blobs& bottoms, const Blobs& tops) {
  const Tensor& selector = bottoms.back()->data;
  selected_.clear();
  for (int i = 0; i < selector.shape()[0]; ++i) {
    if (selector.data()[i] != 0) selected_.push_back(i);
  }
  for (size_t t = 0; t < tops.size(); ++t) {
    const Tensor& x = bottoms[t]->data;
    const int64_t image = x.shape().count(1);
    Shape shape = x.shape();
    shape[0] = static_cast<int>(selected_.size());
    Tensor y(shape);
    for (size_t i = 0; i < selected_.size(); ++i) {
      std::copy_n(x.data() + selected_[i] * image, image, y.data() + i * image);
    }
    tops[t]->data = y;
  }
}

void Filter::Backward(const Blobs& tops, const Blobs& bottoms) {
  for (size_t t = 0; t < tops.size(); ++t) {
    if (!propagate_down(t)) continue;
    Tensor& dx = bottoms[t]->diff;
    const int64_t image = dx.shape().count(1);
    const float* dy = tops[t]->diff.data();
    dx.Zero();
    for (size_t i = 0; i < selected_.size(); ++i) {
      std::copy_n(dy + i * image, image, dx.data() + selected_[i] * image);
    }
  }
}

const RegisterLayer<Filter> kFilterCpu("Filter", Device::kCpu);

}  // namespace doppio
