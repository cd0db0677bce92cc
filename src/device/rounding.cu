#include "device/launch.cuh"
#include "device/rounding.cuh"

namespace doppio {
namespace {

template <typename T>
void Round(int64_t n, const float* floats, T* rounded) {
  ForEach(Stream(), n,
          [=] __device__(int64_t i) { rounded[i] = T(floats[i]); });
}

}  // namespace

Operand Rounded(Precision precision, int64_t n, const float* floats,
                float* room) {
  if (precision == FP32) return floats;
  if (precision == BF16) {
    Round(n, floats, reinterpret_cast<__nv_bfloat16*>(room));
  } else {
    Round(n, floats, reinterpret_cast<__half*>(room));
  }
  return {room, precision};
}

}  // namespace doppio
