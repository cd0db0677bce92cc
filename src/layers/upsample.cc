#include "layers/upsample.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// One extent of the top.
int Enlarged(int pixels, uint32_t scale, bool one_less, const char* pad) {
  Require(!one_less || scale == 2, pad, " goes with a scale of 2, not of ",
          scale, "; give upsample_h and upsample_w");
  const int64_t enlarged = int64_t{pixels} * scale - one_less;
  Require(enlarged >= 0 && enlarged <= std::numeric_limits<int>::max(),
          "a scale of ", scale, " makes ", pixels, " pixels ", enlarged);
  return static_cast<int>(enlarged);
}

}  // namespace

Upsample::Upsample(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const UpsampleParameter& p = param.upsample_param();
  Require(p.has_upsample_h() == p.has_upsample_w(),
          "upsample_param has only one of upsample_h and upsample_w; give "
          "both");
  Require(p.has_scale_h() == p.has_scale_w(),
          "upsample_param has only one of scale_h and scale_w; give both");
  Require(!(p.has_scale() && p.has_scale_h()),
          "upsample_param has both scale and scale_h/scale_w; keep one");
}

LayerTraits Upsample::traits() const {
  LayerTraits t;
  t.max_bottoms = 2;
  t.backward_reads_tops = false;
  return t;
}

Shapes Upsample::Reshape(const Shapes& bottoms) {
  const UpsampleParameter& p = param_.upsample_param();
  const Shape& x = bottoms[0];
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  Require(!has_mask() || bottoms[1] == x, "values of ", x,
          " need a mask of that shape, but the second bottom is ",
          bottoms.back());
  if (p.has_upsample_h()) {
    height_ = static_cast<int>(p.upsample_h());
    width_ = static_cast<int>(p.upsample_w());
  } else {
    height_ = Enlarged(x[2], p.has_scale_h() ? p.scale_h() : p.scale(),
                       p.pad_out_h(), "pad_out_h");
    width_ = Enlarged(x[3], p.has_scale_w() ? p.scale_w() : p.scale(),
                      p.pad_out_w(), "pad_out_w");
  }
  channels_ = x[1];
  planes_ = x.count(0, 2);
  inputs_ = x.count(2);
  outputs_ = int64_t{height_} * width_;
  width_in_ = std::max(x[3], 1);
  return {{x[0], x[1], height_, width_}};
}

void Upsample::CheckMask(const float* mask) const {
  const float places = static_cast<float>(outputs_);
  std::atomic<int64_t> wrong{-1};
  ParallelFor(planes_ * inputs_, 0.5, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float m = mask[i];
      if (!(m >= 0 && m < places && m == std::floor(m))) wrong = i;
    }
  });
  if (wrong < 0) return;
  const int64_t plane = wrong / inputs_;
  throw Error("the mask has ", mask[wrong], " in channel ", plane % channels_,
              " of sample ", plane / channels_, ", which is no place in ",
              height_, " x ", width_,
              "; are upsample_h and upsample_w those of the image that was "
              "pooled?");
}

namespace {

class UpsampleCpu final : public Upsample {
 public:
  using Upsample::Upsample;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    if (!has_mask()) return Copy(x, y);
    const float* mask = bottoms[1]->data.data();
    CheckMask(mask);
    ForEachPlane(
        [=](int64_t from, int64_t to, int64_t inputs, int64_t outputs) {
          std::fill_n(y + to, outputs, 0.f);
          for (int64_t i = from; i < from + inputs; ++i) {
            y[to + static_cast<int64_t>(mask[i])] = x[i];
          }
        });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    if (!has_mask()) return SumCopies(dy, dx);
    const float* mask = bottoms[1]->data.data();
    ForEachPlane([=](int64_t from, int64_t to, int64_t inputs, int64_t) {
      for (int64_t i = from; i < from + inputs; ++i) {
        dx[i] = dy[to + static_cast<int64_t>(mask[i])];
      }
    });
  }

 private:
  void Copy(const float* x, float* y) const {
    const NearestCopies copies = this->copies();
    ForEachPlane([=](int64_t from, int64_t to, int64_t, int64_t outputs) {
      for (int64_t i = 0; i < outputs; ++i) {
        y[to + i] = x[from + copies.From(i)];
      }
    });
  }

  void SumCopies(const float* dy, float* dx) const {
    const NearestCopies copies = this->copies();
    ForEachPlane([=](int64_t from, int64_t to, int64_t inputs, int64_t) {
      for (int64_t i = 0; i < inputs; ++i) {
        dx[from + i] = copies.Sum(dy + to, i);
      }
    });
  }

  // Calls body(from, to, inputs, outputs) with where each plane begins and how
  // many values it has.
  template <typename Body>
  void ForEachPlane(Body body) const {
    const int64_t inputs = inputs_, outputs = outputs_;
    ParallelFor(planes_, inputs + outputs * 0.3,
                [=](int64_t begin, int64_t end) {
                  for (int64_t p = begin; p < end; ++p) {
                    body(p * inputs, p * outputs, inputs, outputs);
                  }
                });
  }
};

const RegisterLayer<UpsampleCpu> kUpsampleCpu("Upsample", Device::kCpu);

}  // namespace
}  // namespace doppio
