#pragma once

#include <cstdint>

#include "device/math.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// One step of an LSTM for value d of the n of one sequence. Its z is (i, f, o,
// g), n values each:
//   c = cont * sigmoid(f) * c_before + sigmoid(i) * tanh(g)
//   h = sigmoid(o) * tanh(c)
// `gates` keeps what the nonlinearities give, and may be z itself.
constexpr void LstmForward(int64_t d, int64_t n, float cont, const float* z,
                           const float* c_before, float* gates, float* c,
                           float* h) {
  const float i = simd::Sigmoid(z[d]);
  const float f = simd::Sigmoid(z[n + d]);
  const float o = simd::Sigmoid(z[2 * n + d]);
  const float g = simd::Tanh(z[3 * n + d]);
  gates[d] = i;
  gates[n + d] = f;
  gates[2 * n + d] = o;
  gates[3 * n + d] = g;
  c[d] = cont * f * c_before[d] + i * g;
  h[d] = o * simd::Tanh(c[d]);
}

// From the diffs of c and h, those of z and c_before; dc_before may be dc.
constexpr void LstmBackward(int64_t d, int64_t n, float cont,
                            const float* gates, const float* c_before,
                            const float* c, const float* dc, const float* dh,
                            float* dz, float* dc_before) {
  const float i = gates[d], f = gates[n + d];
  const float o = gates[2 * n + d], g = gates[3 * n + d];
  const float tanh_c = simd::Tanh(c[d]);
  const float dcell = dc[d] + dh[d] * o * (1 - tanh_c * tanh_c);
  dz[d] = dcell * g * i * (1 - i);
  dz[n + d] = dcell * cont * c_before[d] * f * (1 - f);
  dz[2 * n + d] = dh[d] * tanh_c * o * (1 - o);
  dz[3 * n + d] = dcell * i * (1 - g * g);
  dc_before[d] = dcell * cont * f;
}

// The same for `streams` sequences, with a cont for each.
inline void LstmForward(int64_t streams, int64_t n, const float* cont,
                        const float* z, const float* c_before, float* gates,
                        float* c, float* h) {
  ParallelFor(streams, n * 4., [=](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
#pragma omp simd
      for (int64_t d = 0; d < n; ++d) {
        LstmForward(d, n, cont[s], z + s * 4 * n, c_before + s * n,
                    gates + s * 4 * n, c + s * n, h + s * n);
      }
    }
  });
}

inline void LstmBackward(int64_t streams, int64_t n, const float* cont,
                         const float* gates, const float* c_before,
                         const float* c, const float* dc, const float* dh,
                         float* dz, float* dc_before) {
  ParallelFor(streams, n * 4., [=](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
#pragma omp simd
      for (int64_t d = 0; d < n; ++d) {
        LstmBackward(d, n, cont[s], gates + s * 4 * n, c_before + s * n,
                     c + s * n, dc + s * n, dh + s * n, dz + s * 4 * n,
                     dc_before + s * n);
      }
    }
  });
}

}  // namespace doppio
