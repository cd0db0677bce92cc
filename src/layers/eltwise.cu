#include "device/launch.cuh"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/eltwise.h"
#include "layers/shared/weighted_sum.cuh"

namespace doppio {
namespace {

// The bottoms' data.
constexpr int kTerms = 16;
struct Terms {
  const float* x[kTerms];
  int count;
};

void Product(const Terms& terms, int64_t n, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    float product = terms.x[0][i] * terms.x[1][i];
    for (int t = 2; t < terms.count; ++t) product *= terms.x[t][i];
    y[i] = product;
  });
}

void Maximum(const Terms& terms, int64_t n, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    float best = terms.x[0][i];
    for (int t = 1; t < terms.count; ++t) {
      best = best > terms.x[t][i] ? best : terms.x[t][i];
    }
    y[i] = best;
  });
}

void MaximumGradient(const Terms& terms, int bottom, const float* dy, int64_t n,
                     float* dx) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    int best = terms.x[0][i] > terms.x[1][i] ? 0 : 1;
    for (int t = 2; t < terms.count; ++t) {
      if (terms.x[t][i] > terms.x[best][i]) best = t;
    }
    dx[i] = best == bottom ? dy[i] : 0;
  });
}

void QuotientGradient(const float* y, const float* x, const float* dy,
                      int64_t n, float* dx) {
  ForEach(Stream(), n,
          [=] __device__(int64_t i) { dx[i] = y[i] / x[i] * dy[i]; });
}

class EltwiseCuda final : public Eltwise {
 public:
  EltwiseCuda(const LayerParameter& param, const Context& context)
      : Eltwise(param, context) {
    Require(
        operation_ == EltwiseParameter::SUM || param.bottom_size() <= kTerms,
        "has ", param.bottom_size(), " bottoms; on the GPU, PROD and MAX ",
        "take at most ", kTerms, "; chain two layers");
  }

  bool CanAbsorb(const Layer&) const override { return false; }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const int64_t n = tops[0]->data.count();
    float* y = tops[0]->data.data();
    if (operation_ == EltwiseParameter::SUM) {
      std::vector<const float*> terms;
      for (const Blob* bottom : bottoms) terms.push_back(bottom->data.data());
      CudaWeightedSum(terms, coeff_, n, y);
    } else if (operation_ == EltwiseParameter::PROD) {
      Product(DataOf(bottoms), n, y);
    } else {
      Maximum(DataOf(bottoms), n, y);
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    for (size_t b = 0; b < bottoms.size(); ++b) {
      if (propagate_down(b)) BackwardOne(b, *tops[0], bottoms);
    }
  }

 private:
  static Terms DataOf(const Blobs& blobs) {
    Terms terms{};
    for (const Blob* blob : blobs) terms.x[terms.count++] = blob->data.data();
    return terms;
  }

  void BackwardOne(size_t b, const Blob& top, const Blobs& bottoms) {
    const int64_t n = top.diff.count();
    const float* dy = top.diff.data();
    float* dx = bottoms[b]->diff.data();
    if (operation_ == EltwiseParameter::SUM) {
      CudaWeightedSum({dy}, {coeff_[b]}, n, dx);
    } else if (operation_ == EltwiseParameter::MAX) {
      MaximumGradient(DataOf(bottoms), static_cast<int>(b), dy, n, dx);
    } else if (stable_product_) {
      Terms others = DataOf(bottoms);
      others.x[b] = dy;
      Product(others, n, dx);
    } else {
      QuotientGradient(top.data.data(), bottoms[b]->data.data(), dy, n, dx);
    }
  }
};

const RegisterLayer<EltwiseCuda> kEltwiseCuda("Eltwise", Device::kCuda);

}  // namespace
}  // namespace doppio
