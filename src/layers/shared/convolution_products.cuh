#pragma once

#include <cstdint>
#include <memory>

#include "doppio/context.h"
#include "layers.pb.h"
#include "layers/shared/columns.cuh"

namespace doppio {

// What a convolution multiplies, on a GPU. x has the geometry's input, y
// `outputs` channels of its output; weights are outputs x rows / groups.
class ConvolutionProducts {
 public:
  virtual ~ConvolutionProducts() = default;

  // y, with a bias for each output unless it is null.
  virtual void Forward(const float* x, const float* weights, const float* bias,
                       float* y) = 0;

  // Adds the weights' gradient to dw and writes that of x, each unless it is
  // null. Without dw, x is not read, nor weights without dx.
  virtual void Backward(const float* x, const float* weights, const float* dy,
                        float* dw, float* dx) = 0;

  // Forward without a bias, and Backward's dw, which may share work; y and dw
  // each unless it is null. Without dw, dy is not read.
  virtual void ForwardAndWeights(const float* x, const float* weights,
                                 const float* dy, float* y, float* dw) = 0;
};

struct ConvolutionProblem {
  ColumnGeometry geometry;
  int64_t images, outputs, groups;
  // Which of the products will be wanted.
  bool y, dw, dx;
  // What is multiplied is rounded to it.
  Precision precision;
};

// By cuDNN if the build has it and it can do all that is wanted, in FP32;
// otherwise by columns and cuBLAS. Nothing may be asked for that was not
// wanted.
std::unique_ptr<ConvolutionProducts> MakeConvolutionProducts(
    const Context& context, const ConvolutionProblem& problem);

}  // namespace doppio
