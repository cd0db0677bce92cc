#include "layers/lstm.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/layer_registry.h"
#include "layers/shared/lstm_cell.h"

namespace doppio {
namespace {

class LstmCpu final : public Lstm {
 public:
  using Lstm::Lstm;

 private:
  void Step(int t, const float* cont) override {
    const float* c_before = state(1, t);
    float* gates = z(t);
    float* c = state(1, t + 1);
    float* h = state(0, t + 1);
    const int64_t n = outputs_;
    ParallelFor(streams_, n * 4., [=](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        float* sequence = gates + s * 4 * n;
        LstmForward(n, cont[s], sequence, c_before + s * n, sequence, c + s * n,
                    h + s * n);
      }
    });
  }

  void Emit(float* y) override { std::copy_n(state(0, 1), rows_size(), y); }

  void EmitBack(const Blob& top, float* dh) override {
    std::copy_n(top.diff.data(), rows_size(), dh);
    dc_.assign(row_size(), 0);
  }

  void StepBack(int t, const float* cont, const float* dh, float* dz) override {
    const float* gates = z(t);
    const float* c_before = state(1, t);
    const float* c = state(1, t + 1);
    float* dc = dc_.data();
    const int64_t n = outputs_;
    ParallelFor(streams_, n * 4., [=](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        LstmBackward(n, cont[s], gates + s * 4 * n, c_before + s * n, c + s * n,
                     dc + s * n, dh + s * n, dz + s * 4 * n, dc + s * n);
      }
    });
  }

  int64_t rows_size() const { return steps_ * row_size(); }

  std::vector<float> dc_;  // N x D, of the cell after the step at hand
};

const RegisterLayer<LstmCpu> kLstmCpu("LSTM", Device::kCpu);

}  // namespace
}  // namespace doppio
