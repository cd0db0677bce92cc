#include "layers/rnn.h"

#include "device/math.h"
#include "doppio/layer_registry.h"
#include "layers/shared/room.h"
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

void Rnn::Step(int t, const float* /*cont*/) {
  Tanh(row_size(), z(t), state(0, t + 1));
}

void Rnn::Emit(float* y) {
  math_.Gemm(context(), false, true, rows(), outputs_, outputs_, state(0, 1),
             weights(last_param() + 1), 0, y);
  math_.AddToRows(rows(), outputs_, weights(last_param() + 2), y);
  Tanh(rows() * outputs_, y, y);
}

void Rnn::EmitBack(const Blob& top, float* dh) {
  float* dy = Room(rows() * outputs_, device(), &dy_);
  TanhBack(rows() * outputs_, top.data.data(), top.diff.data(), dy);
  const int out = last_param() + 1;
  BackwardMatrix(rows(), outputs_, outputs_, dy, state(0, 1), &params()[out]);
  BackwardBias(rows(), outputs_, dy, &params()[out + 1]);
  math_.Gemm(context(), false, false, rows(), outputs_, outputs_, dy,
             weights(out), 0, dh);
}

void Rnn::StepBack(int t, const float* /*cont*/, const float* dh, float* dz) {
  TanhBack(row_size(), state(0, t + 1), dh, dz);
}

namespace {

class RnnCpu final : public Rnn {
 public:
  RnnCpu(const LayerParameter& param, const Context& context)
      : Rnn(param, context, CpuRowMath()) {}

 private:
  void Tanh(int64_t n, const float* x, float* y) const override {
    ParallelFor(n, 2, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) y[i] = simd::Tanh(x[i]);
    });
  }

  void TanhBack(int64_t n, const float* y, const float* dy,
                float* dx) const override {
    ParallelFor(n, 0.5, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
    });
  }
};

const RegisterLayer<RnnCpu> kRnnCpu("RNN", Device::kCpu);

}  // namespace
}  // namespace doppio
