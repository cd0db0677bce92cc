#include "layers/arg_max.h"

#include <algorithm>
#include <utility>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

ArgMax::ArgMax(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      has_axis_(param.argmax_param().has_axis()),
      gives_values_(param.argmax_param().out_max_val()),
      top_k_(param.argmax_param().top_k()) {
  Require(top_k_ >= 1, "argmax_param has top_k: ", param.argmax_param().top_k(),
          "; give at least 1");
}

LayerTraits ArgMax::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes ArgMax::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Shape top;
  if (has_axis_) {
    const int axis = x.Axis(param_.argmax_param().axis());
    view_ = AxisView(x, axis);
    top = x;
    top[axis] = top_k_;
  } else {
    Require(x.axes() >= 1, "needs a bottom with axes, not a scalar");
    const int images = x[0];
    view_ = AxisView({images, static_cast<int>(x.count(1))}, 1);
    top = Shape(std::vector<int>(std::max(x.axes(), 3), 1));
    top[0] = images;
    top[1] = gives_values_ ? 2 : 1;
    top[2] = top_k_;
  }
  Require(top_k_ <= view_.extent, "argmax_param has top_k: ", top_k_,
          ", but there are only ", view_.extent, " values to choose from");
  return {top};
}

namespace {

class ArgMaxCpu final : public ArgMax {
 public:
  using ArgMax::ArgMax;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    const double cost = 5. * view_.extent;
    ParallelFor(view_.positions(), cost, [&](int64_t begin, int64_t end) {
      std::vector<std::pair<float, int>> values(view_.extent);
      for (int64_t p = begin; p < end; ++p) {
        for (int c = 0; c < view_.extent; ++c) {
          values[c] = {x[view_.Start(p) + c * view_.inner], c};
        }
        std::partial_sort(values.begin(), values.begin() + top_k_, values.end(),
                          std::greater<>());
        Write(p, values, y);
      }
    });
  }

  void Backward(const Blobs&, const Blobs&) override {}

 private:
  void Write(int64_t position, const std::vector<std::pair<float, int>>& best,
             float* y) const {
    if (has_axis_) {
      const AxisView top = Top();
      for (int k = 0; k < top_k_; ++k) {
        y[top.Start(position) + k * top.inner] =
            gives_values_ ? best[k].first : best[k].second;
      }
      return;
    }
    y += position * top_k_ * (gives_values_ ? 2 : 1);
    for (int k = 0; k < top_k_; ++k) {
      y[k] = best[k].second;
      if (gives_values_) y[top_k_ + k] = best[k].first;
    }
  }

  AxisView Top() const {
    AxisView top = view_;
    top.extent = top_k_;
    return top;
  }
};

const RegisterLayer<ArgMaxCpu> kArgMaxCpu("ArgMax", Device::kCpu);

}  // namespace
}  // namespace doppio
