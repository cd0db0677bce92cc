#pragma once

#include <memory>

#include "device/workspace.h"

namespace doppio {

// A convolution of stride 1 and without holes whose images are nChw16c and
// whose weights are row-major. Channels and outputs are per group, and
// multiples of 16 if there are several.
struct WinogradShape {
  int images = 0;
  int groups = 1;
  int channels = 0;
  int outputs = 0;
  int height = 0, width = 0;  // of the source
  int kernel = 3;             // 3 or 5, both ways
  int pad = 0;
};

// Convolution by Winograd's minimal filtering: tile by tile, each a matrix
// product per element of the transformed tile. It saves more than half of the
// multiplications, and rounds less exactly: at AlexNet's shapes its error is
// 4e-6 of the results' root mean square, 3e-5 at worst, five times that of a
// direct convolution in float (all against double;
// tests/device/winograd_test.cc).
class Winograd {
 public:
  // Null where it would not pay: another kernel or processor, few tiles. The
  // shape decides alone, so that a resumed run computes the same.
  static std::unique_ptr<Winograd> Make(const WinogradShape& shape,
                                        WinogradWorkspaces* workspaces);
  virtual ~Winograd() = default;

  // Notes in the workspaces what will be needed.
  virtual void Plan(bool backward_weights) const = 0;

  // `bias` may be null; negative results are multiplied by `slope`.
  virtual void Forward(const float* source, const float* weights,
                       const float* bias, float slope, float* target) = 0;
  virtual void BackwardData(const float* target_diff, const float* weights,
                            float* source_diff) = 0;
  // Adds to the diffs if told so; `bias_diff` may be null.
  virtual void BackwardWeights(const float* source, const float* target_diff,
                               bool add_weights, float* weights_diff,
                               bool add_bias, float* bias_diff) = 0;
};

}  // namespace doppio
