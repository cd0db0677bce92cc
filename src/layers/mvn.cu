#include "doppio/layer_registry.h"
#include "layers/mvn.h"
#include "layers/shared/room.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// means[row] = the mean of x, or of the product of x and y, over each row.
void Means(int64_t rows, int64_t length, CudaSums* sums, const float* x,
           const float* y, float* means) {
  (*sums)(
      rows, length,
      [=] __device__(int64_t row, int64_t i) {
        const int64_t at = row * length + i;
        return y == nullptr ? x[at] : x[at] * y[at];
      },
      [=] __device__(int64_t row, double sum) {
        means[row] = static_cast<float>(sum / length);
      });
}

// factors[row] = 1 / (standard deviation + eps).
void InvertDeviations(int64_t rows, int64_t length, float eps, CudaSums* sums,
                      const float* x, const float* means, float* factors) {
  (*sums)(
      rows, length,
      [=] __device__(int64_t row, int64_t i) {
        const float off = x[row * length + i] - means[row];
        return off * off;
      },
      [=] __device__(int64_t row, double sum) {
        factors[row] = 1 / (sqrtf(static_cast<float>(sum / length)) + eps);
      });
}

// Without factors they are 1.
void Normalize(int64_t rows, int64_t length, const float* means,
               const float* factors, const float* x, float* y) {
  ForEach(Stream(), rows * length, [=] __device__(int64_t i) {
    const int64_t row = i / length;
    const float off = x[i] - means[row];
    y[i] = factors == nullptr ? off : off * factors[row];
  });
}

// dx = factor * (dy - mean(dy) - y * mean(dy * y)); see the CPU's half.
void Gradient(int64_t rows, int64_t length, const float* means,
              const float* along, const float* factors, const float* y,
              const float* dy, float* dx) {
  ForEach(Stream(), rows * length, [=] __device__(int64_t i) {
    const int64_t row = i / length;
    dx[i] = factors[row] * (dy[i] - means[row] - y[i] * along[row]);
  });
}

class MvnCuda final : public Mvn {
 public:
  using Mvn::Mvn;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* means = Room(rows_, Device::kCuda, &means_);
    Means(rows_, length_, &sums_, x, nullptr, means);
    if (by_variance()) {
      InvertDeviations(rows_, length_, param_.mvn_param().eps(), &sums_, x,
                       means, Room(rows_, Device::kCuda, &factors_));
    }
    Normalize(rows_, length_, means, by_variance() ? factors_.data() : nullptr,
              x, tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    Means(rows_, length_, &sums_, dy, nullptr, means_.data());
    if (!by_variance()) {
      Normalize(rows_, length_, means_.data(), nullptr, dy, dx);
      return;
    }
    const float* y = tops[0]->data.data();
    float* along = Room(rows_, Device::kCuda, &along_);
    Means(rows_, length_, &sums_, dy, y, along);
    Gradient(rows_, length_, means_.data(), along, factors_.data(), y, dy, dx);
  }

 private:
  bool by_variance() const { return param_.mvn_param().normalize_variance(); }

  Tensor means_, along_;  // by row, of the call at hand
  Tensor factors_;        // by row, of the last Forward
  CudaSums sums_;
};

const RegisterLayer<MvnCuda> kMvnCuda("MVN", Device::kCuda);

}  // namespace
}  // namespace doppio
