#include "device/launch.cuh"
#include "layers/shared/lstm_cell.cuh"
#include "layers/shared/lstm_cell.h"

namespace doppio {

void CudaLstmForward(int64_t streams, int64_t n, const float* cont,
                     const float* z, const float* c_before, float* gates,
                     float* c, float* h) {
  ForEach(Stream(), streams * n, [=] __device__(int64_t i) {
    const int64_t s = i / n, at = s * n;
    LstmForward(i - at, n, cont[s], z + 4 * at, c_before + at, gates + 4 * at,
                c + at, h + at);
  });
}

void CudaLstmBackward(int64_t streams, int64_t n, const float* cont,
                      const float* gates, const float* c_before, const float* c,
                      const float* dc, const float* dh, float* dz,
                      float* dc_before) {
  ForEach(Stream(), streams * n, [=] __device__(int64_t i) {
    const int64_t s = i / n, at = s * n;
    LstmBackward(i - at, n, cont[s], gates + 4 * at, c_before + at, c + at,
                 dc + at, dh + at, dz + 4 * at, dc_before + at);
  });
}

}  // namespace doppio
