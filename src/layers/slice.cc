#include "layers/slice.h"

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/copy_rows.h"
#include "layers/shared/storage.h"

namespace doppio {

Slice::Slice(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const SliceParameter& slice = param.slice_param();
  Require(!(slice.has_axis() && slice.has_slice_dim()), "slice_param has both ",
          "axis: ", slice.axis(),
          " and the older slice_dim: ", slice.slice_dim(), "; keep axis");
}

LayerTraits Slice::traits() const {
  LayerTraits t;
  t.max_tops = LayerTraits::kAny;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

std::vector<int> Slice::Parts(int extent) const {
  const auto& points = param_.slice_param().slice_point();
  const int tops = top_count();
  if (points.empty()) {
    Require(extent % tops == 0, "axis ", axis_, " of ", bottom_,
            " does not divide into ", tops,
            " equal tops; give slice_point, once less than tops");
    return std::vector<int>(tops, extent / tops);
  }
  Require(points.size() == tops - 1, "slice_param has ", points.size(),
          " entries of slice_point for ", tops, " tops; give ", tops - 1);
  std::vector<int> parts;
  int64_t from = 0;
  for (int i = 0; i < tops; ++i) {
    const int64_t to = i < points.size() ? points[i] : extent;
    // The last top may be empty, as in Caffe.
    const int64_t least = i < points.size() ? 1 : 0;
    Require(to - from >= least && to <= extent, "top ", i, " would take ", from,
            " to ", to, " of axis ", axis_, " of ", bottom_,
            "; slice_point has to rise, up to ", extent);
    parts.push_back(static_cast<int>(to - from));
    from = to;
  }
  return parts;
}

Shapes Slice::Reshape(const Shapes& bottoms) {
  const SliceParameter& slice = param_.slice_param();
  bottom_ = bottoms[0];
  axis_ =
      bottom_.Axis(slice.has_slice_dim() ? static_cast<int>(slice.slice_dim())
                                         : slice.axis());
  tops_.clear();
  for (const int part : Parts(bottom_[axis_])) {
    Shape top = bottom_;
    top[axis_] = part;
    tops_.push_back(top);
  }
  return tops_;
}

// Keeps blocks of channels if every top fills whole ones.
LayoutPlan Slice::PlanLayouts(const Layouts& bottoms) {
  const int block = axis_ == 1 ? ChannelBlock(bottoms[0]) : 0;
  bool whole = block > 1;
  for (const Shape& top : tops_) whole = whole && top[1] % block == 0;
  if (!whole) return {{nullptr}, Layouts(tops_.size())};
  LayoutPlan plan{bottoms, {}};
  for (const Shape& top : tops_) {
    plan.tops.push_back(ChannelBlocked(context(), top, block));
  }
  return plan;
}

namespace {

class SliceCpu final : public Slice {
 public:
  using Slice::Slice;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = Stored(bottoms[0]->data);
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t bottom_row) {
      CopyRows(rows, row, x + offset, bottom_row, Stored(&tops[i]->data), row);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    float* dx = Stored(&bottoms[0]->diff);
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t bottom_row) {
      CopyRows(rows, row, Stored(tops[i]->diff), row, dx + offset, bottom_row);
    });
  }
};

const RegisterLayer<SliceCpu> kSliceCpu("Slice", Device::kCpu);

}  // namespace
}  // namespace doppio
