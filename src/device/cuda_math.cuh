#pragma once

#include <cstdint>

#include "doppio/context.h"
#include "layers.pb.h"

namespace doppio {

// How the matrices of a batch of products follow each other; all 0 repeats one.
struct Batch {
  int count = 1;
  int64_t a = 0, b = 0, c = 0;  // from one matrix to the next, in elements
};

// A matrix that is multiplied: floats, or what Rounded made of them. Both
// matrices of a product are of the same precision.
struct Operand {
  Operand(const float* floats) : elements(floats) {}
  Operand(const void* elements, Precision precision)
      : elements(elements), precision(precision) {}

  const void* elements;
  Precision precision = FP32;
};

// As Gemm of device/math.h, on the context's GPU: C = alpha * op(A) * op(B) +
// beta * C, row-major; sums and C are floats.
void CudaGemm(const Context& context, bool transpose_a, bool transpose_b,
              int64_t rows, int64_t columns, int64_t inner, float alpha,
              const Operand& a, const Operand& b, float beta, float* c,
              const Batch& batch = {});

// Whether AllowTf32 was called for it.
bool Tf32Allowed(const Context& context);

}  // namespace doppio
