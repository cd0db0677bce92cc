// For builds without cuDNN.

#include "layers/shared/column_products.cuh"

namespace doppio {

std::unique_ptr<ConvolutionProducts> MakeConvolutionProducts(
    const Context& context, const ConvolutionProblem& problem) {
  return std::make_unique<ColumnProducts>(context, problem);
}

}  // namespace doppio
