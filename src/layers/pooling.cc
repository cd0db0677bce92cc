#include "layers/pooling.h"

#include <string>
#include <vector>

#include "core/random.h"
#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/pool_windows.h"
#include "layers/shared/storage.h"

namespace doppio {
namespace {

// Throws Error unless a size is given one way: as a whole, or as _h and _w.
void RequireOneWay(const std::string& name, bool whole, bool h, bool w) {
  Require(!whole || !(h && w), "pooling_param has both ", name,
          name == "kernel" ? "_size" : "", " and ", name, "_h/", name,
          "_w; keep one");
  Require(h == w, "pooling_param has only one of ", name, "_h and ", name,
          "_w; give both");
}

int Pixels(const char* name, uint32_t value, int minimum) {
  const int pixels = static_cast<int>(value);
  Require(pixels >= minimum, name, " is ", pixels, ", but must be at least ",
          minimum);
  return pixels;
}

PoolGeometry ParseGeometry(const PoolingParameter& p) {
  // Beside kernel_size, Caffe overlooks a lone kernel_h or kernel_w.
  const bool alone =
      p.has_kernel_size() && p.has_kernel_h() != p.has_kernel_w();
  if (!alone) {
    RequireOneWay("kernel", p.has_kernel_size(), p.has_kernel_h(),
                  p.has_kernel_w());
  }
  RequireOneWay("stride", p.has_stride(), p.has_stride_h(), p.has_stride_w());
  RequireOneWay("pad", p.has_pad(), p.has_pad_h(), p.has_pad_w());
  PoolGeometry g{};
  g.stride_h =
      Pixels("stride", p.has_stride_h() ? p.stride_h() : p.stride(), 1);
  g.stride_w =
      Pixels("stride", p.has_stride_w() ? p.stride_w() : p.stride(), 1);
  g.pad_h = Pixels("pad", p.has_pad_h() ? p.pad_h() : p.pad(), 0);
  g.pad_w = Pixels("pad", p.has_pad_w() ? p.pad_w() : p.pad(), 0);
  if (p.global_pooling()) {
    Require(!p.has_kernel_size() && !p.has_kernel_h() && !p.has_kernel_w(),
            "the window of global_pooling is the image; leave out the kernel "
            "size");
    Require(g.pad_h == 0 && g.pad_w == 0 && g.stride_h == 1 && g.stride_w == 1,
            "global_pooling has one window; leave out pad and stride");
    return g;
  }
  Require(p.has_kernel_size() || p.has_kernel_h(),
          "pooling_param needs kernel_size, or kernel_h and kernel_w");
  g.kernel_h =
      Pixels("kernel", p.has_kernel_size() ? p.kernel_size() : p.kernel_h(), 1);
  g.kernel_w =
      Pixels("kernel", p.has_kernel_size() ? p.kernel_size() : p.kernel_w(), 1);
  return g;
}

int OutputExtent(int input, int kernel, int stride, int pad, bool round_up) {
  // Rounding up lets a window overhang by less than a stride, so a window that
  // is a little too large still fits once.
  const int64_t slack =
      int64_t{input} + 2 * int64_t{pad} - kernel + (round_up ? stride - 1 : 0);
  Require(input > 0 && slack >= 0, "a window of ", kernel,
          " does not fit an image of ", input, " padded by ", pad);
  const int64_t output = slack / stride + 1;
  // The last window must begin inside the image, not in the padding after it.
  // Without padding that happens if the stride is larger than the window;
  // Caffe then makes an output of no pixels at all, which we leave out.
  const bool outside = (output - 1) * stride >= int64_t{input} + pad;
  return static_cast<int>(outside ? output - 1 : output);
}

}  // namespace

Pooling::Pooling(const LayerParameter& param, const Context& context)
    : Layer(param, context), geometry_(ParseGeometry(param.pooling_param())) {
  const PoolGeometry& g = geometry_;
  if (g.pad_h == 0 && g.pad_w == 0) return;
  Require(method() != PoolingParameter::STOCHASTIC,
          "STOCHASTIC pooling takes no padding, but pad is ",
          std::max(g.pad_h, g.pad_w));
  Require(g.pad_h < g.kernel_h && g.pad_w < g.kernel_w, "a padding of ",
          g.pad_h, " x ", g.pad_w, " must be smaller than the window of ",
          g.kernel_h, " x ", g.kernel_w);
}

LayerTraits Pooling::traits() const {
  LayerTraits traits;
  traits.max_tops = method() == PoolingParameter::MAX ? 2 : 1;
  traits.backward_reads_bottoms = false;
  traits.backward_reads_tops = false;
  traits.bf16 = true;
  return traits;
}

Shapes Pooling::Reshape(const Shapes& bottoms) {
  const PoolingParameter& p = param_.pooling_param();
  const Shape& x = bottoms[0];
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  PoolGeometry& g = geometry_;
  g.height = x[2];
  g.width = x[3];
  if (p.global_pooling()) {
    g.kernel_h = g.height;
    g.kernel_w = g.width;
  }
  const bool round_up =
      p.round_mode() == PoolingParameter::CEIL && p.ceil_mode();
  g.out_height =
      OutputExtent(g.height, g.kernel_h, g.stride_h, g.pad_h, round_up);
  g.out_width =
      OutputExtent(g.width, g.kernel_w, g.stride_w, g.pad_w, round_up);
  shape_ = x;
  return Shapes(top_count(), {x[0], x[1], g.out_height, g.out_width});
}

namespace {

class PoolingCpu final : public Pooling {
 public:
  using Pooling::Pooling;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    const PoolGeometry& g = geometry_;
    LayoutPlan plan = {Layouts(1), Layouts(top_count())};
    view_ = ViewChannels(shape_, bottoms[0]);
    if (view_.lanes > 1) {
      const Shape top = {shape_[0], shape_[1], g.out_height, g.out_width};
      plan.bottoms[0] = bottoms[0];
      plan.tops[0] = ChannelBlocked(context(), top, view_.lanes,
                                    DescOf(shape_, bottoms[0]).data_type());
    }
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    where_.resize(remembered());
    WithElementsOf(bottoms[0]->data, [&](auto element) {
      using T = decltype(element);
      ForwardAs(Stored<T>(bottoms[0]->data), Stored<T>(&tops[0]->data));
    });
    if (tops.size() > 1) WriteMask(&tops[1]->data);
  }

  size_t own_bytes() const override { return remembered() * sizeof(int32_t); }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    WithElementsOf(tops[0]->diff, [&](auto element) {
      using T = decltype(element);
      BackwardAs(Stored<T>(tops[0]->diff), Stored<T>(&bottoms[0]->diff));
    });
  }

 private:
  // Floats of one chunk, where the tensors hold others.
  struct Buffers {
    std::vector<float> image, pooled;
  };

  template <typename T>
  void ForwardAs(const T* x, T* y) {
    ForEachChunk([=](auto lanes, int64_t chunk, Buffers* buffers) {
      constexpr int kLanes = lanes();
      const int64_t size = geometry_.image() * kLanes;
      const int64_t pooled_size = geometry_.out_image() * kLanes;
      const int64_t first = chunk * pooled_size;
      const float* image = LoadFloats(x + chunk * size, size, &buffers->image);
      float* pooled = RoomForFloats(y + first, pooled_size, &buffers->pooled);
      ForEachWindow<kLanes>(chunk, [=](int64_t out, const PoolWindow& w) {
        PoolOne<kLanes>(image, w, out, pooled + (out - first));
      });
      StoreFloats(pooled, pooled_size, y + first);
    });
  }

  template <typename T>
  void BackwardAs(const T* dy, T* dx) {
    ForEachChunk([=](auto lanes, int64_t chunk, Buffers* buffers) {
      constexpr int kLanes = lanes();
      const int64_t size = geometry_.image() * kLanes;
      const int64_t pooled_size = geometry_.out_image() * kLanes;
      const int64_t first = chunk * pooled_size;
      const float* pooled =
          LoadFloats(dy + first, pooled_size, &buffers->pooled);
      float* image = RoomForFloats(dx + chunk * size, size, &buffers->image);
      std::fill_n(image, size, 0.f);
      const int width = geometry_.width;
      const bool one = picks();
      ForEachWindow<kLanes>(chunk, [=](int64_t out, const PoolWindow& w) {
        const float* from = pooled + (out - first);
        if (one) {
          SpreadLargest<kLanes>(from, &where_[out], w, width, image);
        } else {
          SpreadMean<kLanes>(from, w, width, image);
        }
      });
      StoreFloats(image, size, dx + chunk * size);
    });
  }

  // Whether an output is one of the inputs.
  bool picks() const {
    return method() == PoolingParameter::MAX ||
           (method() == PoolingParameter::STOCHASTIC && training());
  }

  // Outputs of which somebody will ask where they come from.
  int64_t remembered() const {
    if (!picks() || !(propagate_down(0) || top_count() > 1)) return 0;
    return view_.chunks() * view_.lanes * geometry_.out_image();
  }

  // Calls body(lanes, chunk, buffers) for all chunks, on all threads.
  template <typename Body>
  void ForEachChunk(Body body) {
    WithLanes(view_.lanes, [&](auto lanes) {
      ParallelFor(view_.chunks(), view_.chunk(),
                  [&](int64_t begin, int64_t end) {
                    Buffers buffers;
                    for (int64_t k = begin; k < end; ++k) {
                      body(lanes, k, &buffers);
                    }
                  });
    });
  }

  // Calls body(out, window) for the windows of a chunk, where the outputs begin
  // at element `out`.
  template <int kLanes, typename Body>
  void ForEachWindow(int64_t chunk, Body body) {
    const PoolGeometry g = geometry_;
    int64_t out = chunk * g.out_image() * kLanes;
    for (int row = 0; row < g.out_height; ++row) {
      for (int col = 0; col < g.out_width; ++col, out += kLanes) {
        body(out, g.At(row, col));
      }
    }
  }

  template <int kLanes>
  void PoolOne(const float* x, const PoolWindow& w, int64_t out, float* y) {
    const int width = geometry_.width;
    if (method() == PoolingParameter::MAX) {
      int32_t* where = where_.empty() ? nullptr : &where_[out];
      Largest<kLanes>(x, w, width, y, where);
    } else if (method() == PoolingParameter::AVE) {
      Mean<kLanes>(x, w, width, y);
    } else {
      for (int l = 0; l < kLanes; ++l) PoolStochastic(x + l, w, out + l, y + l);
    }
  }

  void PoolStochastic(const float* x, const PoolWindow& w, int64_t out,
                      float* y) {
    const int width = geometry_.width;
    if (!training()) {
      *y = WeightedMean(x, view_.lanes, w, width);
      return;
    }
    const RandomStream random(context().seed(), Draw::kPooling, Hash(name()),
                              pass());
    const int32_t drawn = DrawnPixel(x, view_.lanes, w, width,
                                     random.Uniform(RowMajorIndex(out)));
    *y = x[int64_t{drawn} * view_.lanes];
    if (!where_.empty()) where_[out] = drawn;
  }

  // Where element `out` of the top's storage is in its row-major order; past
  // its end for the padding.
  int64_t RowMajorIndex(int64_t out) const {
    const int64_t image = geometry_.out_image();
    const int64_t lane = out % view_.lanes;
    const int64_t pixel = out / view_.lanes % image;
    const int64_t chunk = out / view_.lanes / image;
    const int64_t channel = chunk % view_.blocks() * view_.lanes + lane;
    const int64_t n = chunk / view_.blocks();
    if (channel >= view_.channels) return view_.number * view_.channels * image;
    return (n * view_.channels + channel) * image + pixel;
  }

  void WriteMask(Tensor* mask) const {
    float* m = mask->data();
    for (size_t out = 0; out < where_.size(); ++out) {
      const int64_t index = RowMajorIndex(out);
      if (index < mask->count()) m[index] = static_cast<float>(where_[out]);
    }
  }

  // The pixel in H x W that each output was picked from, laid out as the top.
  std::vector<int32_t> where_;
};

const RegisterLayer<PoolingCpu> kPoolingCpu("Pooling", Device::kCpu);

}  // namespace
}  // namespace doppio
