#pragma once

#include <cstdint>

namespace doppio {

// As LstmForward and LstmBackward of lstm_cell.h for all sequences, on the GPU.
void CudaLstmForward(int64_t streams, int64_t n, const float* cont,
                     const float* z, const float* c_before, float* gates,
                     float* c, float* h);
void CudaLstmBackward(int64_t streams, int64_t n, const float* cont,
                      const float* gates, const float* c_before, const float* c,
                      const float* dc, const float* dh, float* dz,
                      float* dc_before);

}  // namespace doppio
