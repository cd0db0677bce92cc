#include "layers/filter.h"

#include "core/memory.h"
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

void Filter::CopyImage(int64_t count, const float* from, float* to) const {
  Copy(device(), to, device(), from, count * sizeof(float));
}

void Filter::Forward(const Blobs& bottoms, const Blobs& tops) {
  const std::vector<float> selector = bottoms.back()->data.ToVector();
  selected_.clear();
  for (size_t i = 0; i < selector.size(); ++i) {
    if (selector[i] != 0) selected_.push_back(static_cast<int>(i));
  }
  for (size_t t = 0; t < tops.size(); ++t) {
    const Tensor& x = bottoms[t]->data;
    const int64_t image = x.shape().count(1);
    Shape shape = x.shape();
    shape[0] = static_cast<int>(selected_.size());
    Tensor y(shape, device());
    for (size_t i = 0; i < selected_.size(); ++i) {
      CopyImage(image, x.data() + selected_[i] * image, y.data() + i * image);
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
      CopyImage(image, dy + i * image, dx.data() + selected_[i] * image);
    }
  }
}

const RegisterLayer<Filter> kFilterCpu("Filter", Device::kCpu);

}  // namespace doppio
