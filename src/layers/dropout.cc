#include "layers/dropout.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"

namespace doppio {

Dropout::Dropout(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      ratio_(param.dropout_param().dropout_ratio()),
      scale_(ratio_ < 1 ? 1 / (1 - ratio_) : 0) {
  Require(ratio_ >= 0 && ratio_ <= 1, "dropout_ratio: ", ratio_,
          " is not in the range from 0 to 1");
}

LayerTraits Dropout::traits() const {
  LayerTraits t;
  t.in_place = true;
  t.elementwise = true;
  t.bf16 = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  t.diff_in_place = true;
  return t;
}

namespace {

class DropoutCpu final : public Dropout {
 public:
  using Dropout::Dropout;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Apply(bottoms[0]->data, &tops[0]->data);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (propagate_down(0)) Apply(tops[0]->diff, &bottoms[0]->diff);
  }

 private:
  void Apply(const Tensor& x, Tensor* y) {
    if (training()) {
      WithElementsOf(x, [&](auto element) {
        using T = decltype(element);
        Mask(Stored<T>(x), StoredCount(x), Stored<T>(y));
      });
    } else if (x.storage() != y->storage()) {
      y->CopyFrom(x);
    }
  }

  template <typename T>
  void Mask(const T* x, int64_t count, T* y) {
    const RandomStream stream = Stream();
    const int64_t pieces = (count + kPiece - 1) / kPiece;
    ParallelFor(
        pieces, 1.5 * kPiece,
        [=, ratio = ratio_, scale = scale_](int64_t begin, int64_t end) {
          float uniform[kPiece];
          for (int64_t piece = begin; piece < end; ++piece) {
            const int64_t at = piece * kPiece;
            FillUniform(stream, at, uniform);
            MaskPiece(uniform, ratio, scale, x + at,
                      std::min(kPiece, count - at), y + at);
          }
        });
  }

  // Elements whose random numbers are made together: two loops that vectorise,
  // where one would not.
  static constexpr int64_t kPiece = 256;

  // Numbers `first`, a multiple of 4, and following of the stream.
  static void FillUniform(const RandomStream& stream, int64_t first,
                          float* uniform) {
#pragma omp simd
    for (int64_t b = 0; b < kPiece / 4; ++b) {
      const RandomBlock block = stream.Block(first / 4 + b);
      for (int i = 0; i < 4; ++i) uniform[4 * b + i] = block.Uniform(i);
    }
  }

  template <typename T>
  static void MaskPiece(const float* uniform, float ratio, float scale,
                        const T* x, int64_t n, T* y) {
    float kept[kPiece];  // rounding in the same loop would not vectorise
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) {
      kept[i] = uniform[i] < ratio ? 0.f : scale * x[i];
    }
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) y[i] = kept[i];
  }
};

const RegisterLayer<DropoutCpu> kDropoutCpu("Dropout", Device::kCpu);

}  // namespace
}  // namespace doppio
