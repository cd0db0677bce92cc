#pragma once

#include <cstdint>

namespace doppio {

// What the numbers of a sample's random stream decide. Changing them changes
// every training run.
enum Draws : uint64_t {
  kMirror = 0,
  kTop = 1,
  kLeft = 2,
  kResize = 3,  // and 4
  kRotation = 5,
  kArea = 6,
  kAspect = 7,
  kBrightness = 8,
  kContrast = 9,
  kSaturation = 10,
  kErase = 11,
  kEraseArea = 12,
  kEraseAspect = 13,
  kEraseTop = 14,
  kEraseLeft = 15,
  kColorShift = 16,  // and 17, 18
};

}  // namespace doppio
