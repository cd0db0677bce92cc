#include "layers/rnn.h"

#include "device/math.h"
#include "doppio/layer_registry.h"
#include "layers/shared/simd_math.h"

namespace doppio {

Shapes Rnn::Reshape(const Shapes& bottoms) {
  const Shapes tops = Recurrent::Reshape(bottoms);
  const RecurrentParameter& p = param_.recurrent_param();
  DeclareParam(last_param() + 1, {outputs_, outputs_}, p.weight_filler());
  DeclareParam(last_param() + 2, {outputs_}, p.bias_filler());
  return tops;
}

int64_t Rnn::multiply_adds() const {
  return Recurrent::multiply_adds() + rows() * outputs_ * outputs_;
}

namespace {

// dx = dy * (1 - y^2), the gradient of y = tanh(x).
void TanhBack(int64_t n, const float* y, const float* dy, float* dx) {
  ParallelFor(n, 0.5, [=](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
  });
}

class RnnCpu final : public Rnn {
 public:
  using Rnn::Rnn;

 private:
  void Step(int t, const float* /*cont*/) override {
    const float* sums = z(t);
    float* h = state(0, t + 1);
    ParallelFor(row_size(), 2, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) h[i] = simd::Tanh(sums[i]);
    });
  }

  void Emit(float* y) override {
    Gemm(context(), false, true, rows(), outputs_, outputs_, 1, state(0, 1),
         weights(last_param() + 1), 0, y);
    const float* bias = weights(last_param() + 2);
    const int64_t n = outputs_;
    ParallelFor(rows(), n * 2., [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        float* row = y + r * n;
#pragma omp simd
        for (int64_t i = 0; i < n; ++i) row[i] = simd::Tanh(row[i] + bias[i]);
      }
    });
  }

  void EmitBack(const Blob& top, float* dh) override {
    dy_.resize(rows() * outputs_);
    TanhBack(rows() * outputs_, top.data.data(), top.diff.data(), dy_.data());
    const int out = last_param() + 1;
    BackwardMatrix(context(), rows(), outputs_, outputs_, dy_.data(),
                   state(0, 1), &params()[out]);
    BackwardBias(rows(), outputs_, dy_.data(), &params()[out + 1]);
    Gemm(context(), false, false, rows(), outputs_, outputs_, 1, dy_.data(),
         weights(out), 0, dh);
  }

  void StepBack(int t, const float* /*cont*/, const float* dh,
                float* dz) override {
    TanhBack(row_size(), state(0, t + 1), dh, dz);
  }

  std::vector<float> dy_;  // before the output's tanh
};

const RegisterLayer<RnnCpu> kRnnCpu("RNN", Device::kCpu);

}  // namespace
}  // namespace doppio
