#include "device/winograd.h"

#ifdef __AVX512F__

#include "device/winograd_of.h"

namespace doppio {

std::unique_ptr<Winograd> Winograd::Make(const WinogradShape& shape,
                                         WinogradWorkspaces* workspaces) {
  constexpr int64_t kWorthwhile = 64;  // tiles: fewer do not pay the weights'
  const int64_t pixels = int64_t{shape.images} * shape.height * shape.width;
  const bool whole_blocks =
      shape.channels % kLanes == 0 && shape.outputs % kLanes == 0;
  const bool fits = (shape.groups == 1 || whole_blocks) &&
                    shape.pad < shape.kernel && shape.channels > kLanes &&
                    shape.outputs > kLanes;
  if (!fits) return nullptr;
  // Larger tiles save more but round worse, three times as badly for one more.
  if (shape.kernel == 3 && pixels >= kWorthwhile * 4 * 4) {
    return std::make_unique<WinogradOf<4, 3>>(shape, workspaces);
  }
  if (shape.kernel == 5 && pixels >= kWorthwhile * 3 * 3) {
    return std::make_unique<WinogradOf<3, 5>>(shape, workspaces);
  }
  return nullptr;
}

}  // namespace doppio

#else

namespace doppio {

std::unique_ptr<Winograd> Winograd::Make(const WinogradShape&,
                                         WinogradWorkspaces*) {
  return nullptr;
}

}  // namespace doppio

#endif
