#include "device/cuda_workspace.cuh"
#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/lrn.h"
#include "layers/shared/channels.h"

namespace doppio {
namespace {

// The neighbourhood of an element, as runs of neighbours `step` apart: one run
// along the channels, or one in each of several rows of pixels.
struct Neighbourhood {
  int64_t channels, height, width;
  int64_t reach;
  bool across_channels;

  // Calls visit(j) for every neighbour j of element i, itself included.
  template <typename Visit>
  __device__ void ForEachOf(int64_t i, Visit visit) const {
    const int64_t image = height * width;
    if (across_channels) {
      const int64_t c = i / image % channels;
      const int64_t first = i - c * image;
      for (int64_t j = Low(c); j <= High(c, channels); ++j) {
        visit(first + j * image);
      }
      return;
    }
    const int64_t pixel = i % image;
    const int64_t row = pixel / width, col = pixel % width;
    for (int64_t r = Low(row); r <= High(row, height); ++r) {
      for (int64_t c = Low(col); c <= High(col, width); ++c) {
        visit(i - pixel + r * width + c);
      }
    }
  }

 private:
  __device__ int64_t Low(int64_t at) const {
    return at > reach ? at - reach : 0;
  }
  __device__ int64_t High(int64_t at, int64_t extent) const {
    return at + reach < extent ? at + reach : extent - 1;
  }
};

// s = k + alpha * the sum of the neighbours' squares; y = x * s^-beta
void Normalize(const Neighbourhood& near, int64_t n, float k, float alpha,
               float beta, const float* x, float* s, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    float squares = 0;
    near.ForEachOf(i, [&](int64_t j) { squares += x[j] * x[j]; });
    s[i] = k + alpha * squares;
  });
  ForEach(Stream(), n,
          [=] __device__(int64_t i) { y[i] = x[i] * powf(s[i], -beta); });
}

// dx_i = dy_i * s_i^-beta
//        - 2 alpha beta x_i * sum over neighbours j of dy_j x_j s_j^(-beta-1)
// In place, dx is dy; so the summands are worked out first.
void Gradient(const Neighbourhood& near, int64_t n, float alpha, float beta,
              const float* x, const float* s, const float* dy, float* summand,
              float* dx) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    summand[i] = dy[i] * x[i] * powf(s[i], -beta - 1);
  });
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    float sum = 0;
    near.ForEachOf(i, [&](int64_t j) { sum += summand[j]; });
    dx[i] = dy[i] * powf(s[i], -beta) - 2 * alpha * beta * x[i] * sum;
  });
}

class LrnCuda final : public Lrn {
 public:
  using Lrn::Lrn;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    scratch().Plan(shape_.count());
    return Lrn::PlanLayouts(bottoms);
  }

  // Without a Backward, nobody reads s again.
  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
    Normalize(neighbourhood(), shape_.count(), k_, alpha_, beta_,
              bottoms[0]->data.data(), propagate_down(0) ? Kept() : Scratch(),
              tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const Tensor& x = kept_.Of(bottoms[0]->data, tops[0]->data);
    Gradient(neighbourhood(), shape_.count(), alpha_, beta_, x.data(), Kept(),
             tops[0]->diff.data(), Scratch(), bottoms[0]->diff.data());
  }

  size_t own_bytes() const override {
    return propagate_down(0) ? StorageBytes(shape_, nullptr) : 0;
  }

 private:
  Neighbourhood neighbourhood() const {
    return {shape_[1], shape_[2], shape_[3], reach_, across_channels_};
  }

  Workspace& scratch() const { return WorkspacesOf(context()).first; }
  float* Scratch() const { return scratch().Require(shape_.count()); }

  float* Kept() {
    if (s_.shape() != shape_ || s_.empty()) s_ = Tensor(shape_, Device::kCuda);
    return s_.data();
  }

  KeptBottom kept_;
  Tensor s_;  // of the last Forward
};

const RegisterLayer<LrnCuda> kLrnCuda("LRN", Device::kCuda);

}  // namespace
}  // namespace doppio
