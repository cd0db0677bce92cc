#include "layers/shared/lrn_patches.h"

#include <algorithm>

#include "layers/shared/storage.h"

namespace doppio {
namespace {

// out[i] = the sum of in[i + j * step] over |j| <= reach, within [0, count).
void SumNeighbours(const float* in, int64_t count, int64_t step, int64_t reach,
                   float* out) {
  std::copy_n(in, count, out);
  for (int64_t j = 1; j <= reach && j * step < count; ++j) {
    const int64_t offset = j * step;
#pragma omp simd
    for (int64_t i = 0; i < count - offset; ++i) out[i] += in[i + offset];
#pragma omp simd
    for (int64_t i = offset; i < count; ++i) out[i] += in[i - offset];
  }
}

// A patch has all channels of some pixels, pixel by pixel. Before, between and
// after them lie margins, which Load leaves at zero, so that sums may run past
// the edges and one loop does the whole patch.
class AcrossChannels final : public LrnPatches {
 public:
  AcrossChannels(const ChannelView& view, int64_t reach)
      : view_(view),
        reach_(std::min(reach, view.padded_channels() - 1)),
        margin_(reach_),
        stride_(view.padded_channels() + margin_) {
    // As measured for 96 and 256 channels; few channels make it more pixels.
    constexpr int64_t kPixels = 8, kFloats = 512;
    pixels_ = std::min(std::max(kPixels, kFloats / stride_), view.inner);
    per_image_ = (view.inner + pixels_ - 1) / pixels_;
  }

  int64_t count() const override { return view_.number * per_image_; }
  int64_t size() const override { return margin_ + pixels_ * stride_; }
  int64_t margin() const override { return margin_; }
  bool five() const override { return reach_ == 2; }

  int64_t Load(int64_t i, const Tensor& tensor, float* patch) const override {
    WithElementsOf(tensor, [&](auto element) {
      const auto* storage = Stored<decltype(element)>(tensor);
      Visit(i, [=](auto lanes, int64_t in_storage, int64_t in_patch) {
        if (lanes > 1) {
          __builtin_prefetch(storage + in_storage + pixels_ * lanes);
        }
#pragma omp simd
        for (int l = 0; l < lanes; ++l) {
          patch[in_patch + l] = storage[in_storage + l];
        }
      });
    });
    return margin_ + PixelsOf(i) * stride_;
  }

  void Store(int64_t i, const float* patch, Tensor* tensor) const override {
    WithElementsOf(*tensor, [&](auto element) {
      auto* storage = Stored<decltype(element)>(tensor);
      Visit(i, [=](auto lanes, int64_t in_storage, int64_t in_patch) {
        if (lanes > 1) {
          __builtin_prefetch(storage + in_storage + pixels_ * lanes, 1);
        }
#pragma omp simd
        for (int l = 0; l < lanes; ++l) {
          storage[in_storage + l] = patch[in_patch + l];
        }
      });
    });
  }

  void ClearMargins(float* patch, int64_t size) const override {
    for (int64_t p = 0; p < size; p += stride_) {
      std::fill_n(patch + p, margin_, 0.f);
    }
  }

  void Sum(const float* in, int64_t size, float*, float* out) const override {
    std::copy_n(in, size, out);
    for (int64_t j = 1; j <= reach_; ++j) {
#pragma omp simd
      for (int64_t i = margin_; i < size - margin_; ++i) {
        out[i] += in[i - j] + in[i + j];
      }
    }
  }

 private:
  int64_t FirstOf(int64_t i) const { return i % per_image_ * pixels_; }
  int64_t PixelsOf(int64_t i) const {
    return std::min(pixels_, view_.inner - FirstOf(i));
  }

  // Calls body for each element of patch i with its two places.
  template <typename Body>
  void Visit(int64_t i, Body body) const {
    const int64_t first = FirstOf(i);
    const int64_t pixels = PixelsOf(i);
    WithLanes(view_.lanes, [&](auto lanes) {
      for (int64_t b = 0; b < view_.blocks(); ++b) {
        const int64_t chunk = i / per_image_ * view_.blocks() + b;
        const int64_t begin = (chunk * view_.inner + first) * lanes;
        const int64_t channel = margin_ + b * lanes;
        for (int64_t p = 0; p < pixels; ++p) {
          body(lanes, begin + p * lanes, channel + p * stride_);
        }
      }
    });
  }

  const ChannelView view_;
  const int64_t reach_;
  const int64_t margin_;
  const int64_t stride_;  // from pixel to pixel
  int64_t pixels_;        // in a patch
  int64_t per_image_;     // patches
};

// A patch is a chunk: all pixels of one block of channels.
class WithinChannel final : public LrnPatches {
 public:
  WithinChannel(const ChannelView& view, int64_t width, int64_t reach)
      : view_(view), row_(width * view.lanes), reach_(reach) {}

  int64_t count() const override { return view_.chunks(); }
  int64_t size() const override { return view_.chunk(); }

  int64_t Load(int64_t i, const Tensor& tensor, float* patch) const override {
    WithElementsOf(tensor, [&](auto element) {
      const auto* storage = Stored<decltype(element)>(tensor);
      std::copy_n(storage + i * size(), size(), patch);
    });
    return size();
  }

  void Store(int64_t i, const float* patch, Tensor* tensor) const override {
    WithElementsOf(*tensor, [&](auto element) {
      auto* storage = Stored<decltype(element)>(tensor);
      std::copy_n(patch, size(), storage + i * size());
    });
  }

  void Sum(const float* in, int64_t size, float* scratch,
           float* out) const override {
    for (int64_t row = 0; row < size; row += row_) {
      SumNeighbours(in + row, row_, view_.lanes, reach_, scratch + row);
    }
    SumNeighbours(scratch, size, row_, reach_, out);
  }

 private:
  const ChannelView view_;
  const int64_t row_;
  const int64_t reach_;
};

}  // namespace

std::unique_ptr<LrnPatches> PatchesAcrossChannels(const ChannelView& view,
                                                  int64_t reach) {
  return std::make_unique<AcrossChannels>(view, reach);
}

std::unique_ptr<LrnPatches> PatchesWithinChannel(const ChannelView& view,
                                                 int64_t width, int64_t reach) {
  return std::make_unique<WithinChannel>(view, width, reach);
}

}  // namespace doppio
