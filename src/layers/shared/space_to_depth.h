#pragma once

#include <cstdint>

#include "doppio/tensor.h"
#include "layers/shared/spatial.h"

namespace doppio {

// A convolution of stride 4 on images of few channels, seen as one of stride 1
// on images of many: the 4 x 4 pixels of a cell become the 16 channels of one
// pixel, as do those of the kernel ("space to depth"). They fill a vector,
// which three colours don't, and Winograd's algorithm can be used. The last
// cells of the kernel are filled up with zeros, which costs multiplications:
// AlexNet's 11 x 11 become 3 x 3 cells, or 12 x 12. Padding is part of the
// cells.
class SpaceToDepth {
 public:
  // Whether a convolution can be seen so, and without multiplying by too many
  // zeros. Shapes are N x C x H x W, and num_output x C x kernel.
  static bool Fits(const Window& window, const Shape& source,
                   const Shape& weights);

  SpaceToDepth(const Window& window, const Shape& source, const Shape& weights,
               const Shape& target);

  // The convolution as it is then; the source is nChw16c.
  const Window& window() const { return window_; }
  const Shape& source() const { return source_; }
  const Shape& weights() const { return weights_; }

  // The layout of a tensor N x C x H x W whose storage is source().
  LayoutPtr SourceLayout(bool bf16) const;

  // Row-major weights, from num_output x C x kernel to weights() and back.
  void FoldWeights(const float* given, float* folded) const;
  void UnfoldWeights(const float* folded, bool add, float* given) const;

 private:
  // Calls visit(index of a given weight, index of the same one folded).
  template <typename Visit>
  void ForWeights(Visit visit) const;

  const Window given_window_;
  const Shape given_source_, given_weights_;
  Window window_;
  Shape source_, weights_;
};

}  // namespace doppio
