#include "layers/eltwise.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"
#include "layers/shared/weighted_sum.h"

namespace doppio {

Eltwise::Eltwise(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      operation_(param.eltwise_param().operation()),
      stable_product_(param.eltwise_param().stable_prod_grad()),
      coeff_(param.eltwise_param().coeff().begin(),
             param.eltwise_param().coeff().end()) {
  const size_t bottoms = param.bottom_size();
  Require(coeff_.empty() || operation_ != EltwiseParameter::PROD,
          "eltwise_param has coeff, which goes with operation: SUM, not PROD");
  Require(coeff_.empty() || coeff_.size() == bottoms, "eltwise_param has ",
          coeff_.size(), " entries of coeff for ", bottoms,
          " bottoms; give none, or one for each");
  coeff_.resize(bottoms, 1);
}

bool Eltwise::CanAbsorb(const Layer& next) const {
  return operation_ == EltwiseParameter::SUM && absorbed().empty() &&
         IsAbsorbableRelu(next);
}

LayerTraits Eltwise::traits() const {
  const bool divides = operation_ == EltwiseParameter::PROD && !stable_product_;
  LayerTraits t;
  t.min_bottoms = 2;
  t.max_bottoms = LayerTraits::kAny;
  t.elementwise = !divides;  // 0 / 0 in padding
  t.backward_reads_bottoms = operation_ != EltwiseParameter::SUM;
  t.backward_reads_tops = divides || relu().any;
  return t;
}

Shapes Eltwise::Reshape(const Shapes& bottoms) {
  for (size_t i = 1; i < bottoms.size(); ++i) {
    Require(bottoms[i] == bottoms[0], "bottom ", i, " is ", bottoms[i],
            ", but bottom 0 is ", bottoms[0], "; they have to be equal");
  }
  return {bottoms[0]};
}

namespace {

using Terms = std::vector<const float*>;

Terms DataOf(const Blobs& blobs) {
  Terms terms;
  for (const Blob* blob : blobs) terms.push_back(Stored(blob->data));
  return terms;
}

void Product(const Terms& x, int64_t begin, int64_t end, float* y) {
#pragma omp simd
  for (int64_t i = begin; i < end; ++i) y[i] = x[0][i] * x[1][i];
  for (size_t t = 2; t < x.size(); ++t) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] *= x[t][i];
  }
}

void Maximum(const Terms& x, int64_t begin, int64_t end, float* y) {
  std::copy(x[0] + begin, x[0] + end, y + begin);
  for (size_t t = 1; t < x.size(); ++t) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      y[i] = y[i] > x[t][i] ? y[i] : x[t][i];
    }
  }
}

// Which bottom gives the maximum.
size_t Winner(const Terms& x, int64_t i) {
  size_t best = x[0][i] > x[1][i] ? 0 : 1;
  for (size_t t = 2; t < x.size(); ++t) {
    if (x[t][i] > x[best][i]) best = t;
  }
  return best;
}

// Elements that are worked on together, so that they stay in the L1 cache.
constexpr int64_t kPiece = 1024;

// Calls body(begin, end) for pieces of [0, n), on all threads.
template <typename Body>
void ForEachPiece(int64_t n, Body body) {
  ParallelFor((n + kPiece - 1) / kPiece, kPiece, [&](int64_t b, int64_t e) {
    for (int64_t p = b; p < e; ++p) {
      body(p * kPiece, std::min(n, (p + 1) * kPiece));
    }
  });
}

class EltwiseCpu final : public Eltwise {
 public:
  using Eltwise::Eltwise;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Terms x = DataOf(bottoms);
    const int64_t n = StoredCount(tops[0]->data);
    float* y = Stored(&tops[0]->data);
    if (operation_ == EltwiseParameter::SUM) {
      WeightedSum(x, coeff_, n, y, relu());
      return;
    }
    const auto combine =
        operation_ == EltwiseParameter::PROD ? Product : Maximum;
    ForEachPiece(
        n, [&](int64_t begin, int64_t end) { combine(x, begin, end, y); });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    relu().Mask(tops[0]->data, &tops[0]->diff);
    const float* dy = Stored(tops[0]->diff);
    const int64_t n = StoredCount(tops[0]->diff);
    for (size_t b = 0; b < bottoms.size(); ++b) {
      if (!propagate_down(b)) continue;
      float* dx = Stored(&bottoms[b]->diff);
      if (operation_ == EltwiseParameter::SUM) {
        WeightedSum({dy}, {coeff_[b]}, n, dx);
      } else if (operation_ == EltwiseParameter::MAX) {
        MaximumGradient(DataOf(bottoms), b, dy, n, dx);
      } else if (stable_product_) {
        ProductGradient(DataOf(bottoms), b, dy, n, dx);
      } else {
        QuotientGradient(Stored(tops[0]->data), Stored(bottoms[b]->data), dy, n,
                         dx);
      }
    }
  }

 private:
  static void MaximumGradient(const Terms& x, size_t bottom, const float* dy,
                              int64_t n, float* dx) {
    ForEachPiece(n, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dx[i] = Winner(x, i) == bottom ? dy[i] : 0;
      }
    });
  }

  static void ProductGradient(Terms x, size_t bottom, const float* dy,
                              int64_t n, float* dx) {
    x[bottom] = dy;
    ForEachPiece(
        n, [&](int64_t begin, int64_t end) { Product(x, begin, end, dx); });
  }

  static void QuotientGradient(const float* y, const float* x, const float* dy,
                               int64_t n, float* dx) {
    ForEachPiece(n, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dx[i] = y[i] / x[i] * dy[i];
    });
  }
};

const RegisterLayer<EltwiseCpu> kEltwiseCpu("Eltwise", Device::kCpu);

}  // namespace
}  // namespace doppio
