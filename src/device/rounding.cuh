#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "device/cuda_math.cuh"

namespace doppio {

// What a net's precision means on a GPU: products take their operands rounded
// to it, and give floats.

// Calls body with `memory` as an array of the precision's elements, which can
// be made of a float each.
template <typename Body>
void WithElements(Precision precision, void* memory, Body body) {
  if (precision == BF16) {
    body(static_cast<__nv_bfloat16*>(memory));
  } else if (precision == FP16) {
    body(static_cast<__half*>(memory));
  } else {
    body(static_cast<float*>(memory));
  }
}

// Floats of a workspace that n elements take once they are rounded; none for
// FP32. What follows them is aligned as cuBLAS likes it.
constexpr int64_t RoomFor(Precision precision, int64_t n) {
  return precision == FP32 ? 0 : (n + 127) / 128 * 64;
}

// Of n floats, what products take: a rounded copy, in `room`, or themselves.
Operand Rounded(Precision precision, int64_t n, const float* floats,
                float* room);

}  // namespace doppio
