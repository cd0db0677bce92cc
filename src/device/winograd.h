#pragma once

#include <memory>

#include "device/workspace.h"

namespace doppio {

// A convolution of stride 1 and without holes whose images are nChw16c and
// whose weights are row-major. Channels and outputs are per group, and
// multiples of 16.
struct WinogradShape {
  int images = 0;
  int groups = 1;
  int channels = 0;
  int outputs = 0;
  int height = 0, width = 0;  // of the source
  int kernel = 3;             // 3 or 5, both ways
  int pad = 0;
};

// The target's diff. If the target went through a ReLU of this slope, `y` holds
// what came out of it, and the diff is that of y; else y is null.
struct WinogradDiff {
  const float* diff = nullptr;
  const float* y = nullptr;
  float slope = 1;
};

// Convolution by Winograd's minimal filtering: tile by tile, each a matrix
// product per element of the transformed tile. It saves two thirds of the
// multiplications and more, and rounds @ERROR@
class Winograd {
 public:
  // Null where it would not pay: another kernel or processor, few tiles. The
  // shape decides alone, so that a resumed run computes the same.
  static std::unique_ptr<Winograd> Make(const WinogradShape& shape,
                                        WinogradWorkspaces* workspaces);
  virtual ~Winograd() = default;

  // `bias` may be null; negative results are multiplied by `slope`.
  virtual void Forward(const float* source, const float* weights,
                       const float* bias, float slope, float* target) = 0;
  virtual void BackwardData(const WinogradDiff& target, const float* weights,
                            float* source_diff) = 0;
  // Adds to the diffs if told so; `bias_diff` may be null.
  virtual void BackwardWeights(const float* source, const WinogradDiff& target,
                               bool add_weights, float* weights_diff,
                               bool add_bias, float* bias_diff) = 0;
};

}  // namespace doppio
