#include "layers/crop.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Crop::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

std::vector<int> Crop::Offsets(const Shape& bottom) const {
  const auto& given = param_.crop_param().offset();
  const int axis = bottom.Axis(param_.crop_param().axis());
  const int cropped = bottom.axes() - axis;
  Require(given.size() <= 1 || given.size() == cropped, "crop_param has ",
          given.size(), " entries of offset for ", cropped,
          " cropped axes; give one for all, or one for each");
  std::vector<int> offsets(bottom.axes(), 0);
  for (int i = axis; i < bottom.axes() && !given.empty(); ++i) {
    offsets[i] = static_cast<int>(given[given.size() == 1 ? 0 : i - axis]);
  }
  return offsets;
}

Shapes Crop::Reshape(const Shapes& bottoms) {
  bottom_ = top_ = bottoms[0];
  const Shape& size = bottoms[1];
  Require(size.axes() >= bottom_.axes(), "the size is taken from a bottom of ",
          "shape ", size, ", which has fewer axes than ", bottom_);
  offsets_ = Offsets(bottom_);
  for (int i = bottom_.Axis(param_.crop_param().axis()); i < top_.axes(); ++i) {
    const int64_t end = int64_t{offsets_[i]} + size[i];
    Require(offsets_[i] >= 0 && end <= bottom_[i], "a cut of ", size[i],
            " at offset ", offsets_[i], " does not lie within axis ", i, " of ",
            bottom_);
    top_[i] = size[i];
  }
  return {top_};
}

namespace {

class CropCpu final : public Crop {
 public:
  using Crop::Crop;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ForEachRow([=](int64_t in_bottom, int64_t in_top, int64_t length) {
      std::copy_n(x + in_bottom, length, y + in_top);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    bottoms[0]->diff.Zero();
    ForEachRow([=](int64_t in_bottom, int64_t in_top, int64_t length) {
      std::copy_n(dy + in_top, length, dx + in_bottom);
    });
  }

 private:
  // Calls body(offset in the bottom, offset in the top, elements) for all that
  // lies together: rows along the last axis.
  template <typename Body>
  void ForEachRow(Body body) const {
    const int last = top_.axes() - 1;
    const int64_t length = top_[last];
    ParallelFor(top_.count(0, last), length, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        body(InBottom(row), row * length, length);
      }
    });
  }

  // Where row `row` of the top begins in the bottom.
  int64_t InBottom(int64_t row) const {
    int64_t offset = offsets_.back();
    int64_t stride = bottom_[bottom_.axes() - 1];
    for (int i = top_.axes() - 2; i >= 0; --i) {
      offset += (row % top_[i] + offsets_[i]) * stride;
      stride *= bottom_[i];
      row /= top_[i];
    }
    return offset;
  }
};

const RegisterLayer<CropCpu> kCropCpu("Crop", Device::kCpu);

}  // namespace
}  // namespace doppio
