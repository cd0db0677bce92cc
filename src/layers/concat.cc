#include "layers/concat.h"

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/copy_rows.h"
#include "layers/shared/storage.h"

namespace doppio {

Concat::Concat(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const ConcatParameter& concat = param.concat_param();
  Require(!(concat.has_axis() && concat.has_concat_dim()), "concat_param has ",
          "both axis: ", concat.axis(),
          " and the older concat_dim: ", concat.concat_dim(), "; keep axis");
}

LayerTraits Concat::traits() const {
  LayerTraits t;
  t.max_bottoms = LayerTraits::kAny;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Concat::Reshape(const Shapes& bottoms) {
  const ConcatParameter& concat = param_.concat_param();
  bottoms_ = bottoms;
  top_ = bottoms[0];
  axis_ =
      top_.Axis(concat.has_concat_dim() ? static_cast<int>(concat.concat_dim())
                                        : concat.axis());
  for (size_t i = 1; i < bottoms.size(); ++i) {
    Shape rest = bottoms[i];
    if (rest.axes() == top_.axes()) rest[axis_] = bottoms[0][axis_];
    Require(rest == bottoms[0], "bottom ", i, " is ", bottoms[i],
            " and bottom 0 is ", bottoms[0], "; they may differ along axis ",
            axis_, " only");
    top_[axis_] += bottoms[i][axis_];
  }
  return {top_};
}

// Keeps blocks of channels if every bottom fills whole ones.
LayoutPlan Concat::PlanLayouts(const Layouts& bottoms) {
  int block = 1;
  for (size_t i = 0; i < bottoms.size() && axis_ == 1 && block <= 1; ++i) {
    block = ChannelBlock(bottoms[i]);
  }
  bool whole = block > 1;
  for (const Shape& bottom : bottoms_) whole = whole && bottom[1] % block == 0;
  if (!whole) return {Layouts(bottoms.size()), {nullptr}};
  LayoutPlan plan;
  for (const Shape& bottom : bottoms_) {
    plan.bottoms.push_back(ChannelBlocked(context(), bottom, block));
  }
  plan.tops = {ChannelBlocked(context(), top_, block)};
  return plan;
}

namespace {

class ConcatCpu final : public Concat {
 public:
  using Concat::Concat;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* y = Stored(&tops[0]->data);
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t top_row) {
      CopyRows(rows, row, Stored(bottoms[i]->data), row, y + offset, top_row);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = Stored(tops[0]->diff);
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t top_row) {
      if (!propagate_down(i)) return;
      CopyRows(rows, row, dy + offset, top_row, Stored(&bottoms[i]->diff), row);
    });
  }
};

const RegisterLayer<ConcatCpu> kConcatCpu("Concat", Device::kCpu);

}  // namespace
}  // namespace doppio
