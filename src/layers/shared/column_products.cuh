#pragma once

#include <cstdint>

#include "layers/shared/convolution_products.cuh"

namespace doppio {

// A convolution as matrix products over what its window sees, for as many
// images at once as the columns have room for; one strided-batched product does
// all groups.
class ColumnProducts final : public ConvolutionProducts {
 public:
  ColumnProducts(const Context& context, const ConvolutionProblem& problem);

  void Forward(const float* x, const float* weights, const float* bias,
               float* y) override;
  void Backward(const float* x, const float* weights, const float* dy,
                float* dw, float* dx) override;
  // Both from the same columns.
  void ForwardAndWeights(const float* x, const float* weights, const float* dy,
                         float* y, float* dw) override;

 private:
  template <typename Run>
  void ForEachRun(Run run);
  void ToColumns(int64_t first, int64_t images, const float* x);
  void Collect(int64_t first, int64_t images, const float* dy);
  // Of the columns and the collected dy.
  void Multiply(int64_t first, int64_t images, const float* weights,
                const float* bias, float* y);
  void AddWeightsGradient(int64_t images, float* dw);
  void MultiplyBack(int64_t first, int64_t images, const float* weights,
                    float* dx);
  // Floats of an image in x and in y.
  int64_t source() const { return geometry_.channels * geometry_.pixels(); }
  int64_t target() const { return outputs_ * geometry_.positions(); }

  const Context context_;
  const ColumnGeometry geometry_;
  const int64_t images_, outputs_, groups_;
  int64_t run_ = 0;  // images at once
  // Of the run at hand, in the context's workspaces.
  float* columns_ = nullptr;   // rows x images * positions
  float* products_ = nullptr;  // outputs x images * positions
};

}  // namespace doppio
