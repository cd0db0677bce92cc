#pragma once

#include <cstdint>

#include "device/cuda_math.cuh"
#include "layers/shared/convolution_products.cuh"

namespace doppio {

// A convolution as matrix products over what its window sees, for as many
// images at once as the columns have room for; one strided-batched product does
// all groups. What is multiplied is rounded to the precision.
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
  void ForEachRun(const float* weights, Run run);
  void ToColumns(int64_t first, int64_t images, const float* x);
  void Collect(int64_t first, int64_t images, const float* dy);
  // Of the weights, the columns and the collected dy.
  void Multiply(int64_t first, int64_t images, const float* bias, float* y);
  void AddWeightsGradient(int64_t images, float* dw);
  void MultiplyBack(int64_t first, int64_t images, float* dx);
  Operand Columns() const { return {columns_, precision_}; }
  Operand Collected() const { return {products_, precision_}; }
  // Floats of an image in x and in y.
  int64_t source() const { return geometry_.channels * geometry_.pixels(); }
  int64_t target() const { return outputs_ * geometry_.positions(); }

  const Context context_;
  const ColumnGeometry geometry_;
  const int64_t images_, outputs_, groups_;
  const Precision precision_;
  int64_t weights_room_ = 0;  // of rounded ones, before the products
  int64_t run_ = 0;           // images at once
  // Of the call at hand.
  Operand weights_ = nullptr;
  // Of the run at hand, in the context's workspaces. Floats where they come
  // from a product; what goes into one has the precision's elements.
  float* columns_ = nullptr;   // rows x images * positions
  float* products_ = nullptr;  // outputs x images * positions
};

}  // namespace doppio
