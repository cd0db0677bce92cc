#include "device/sum_of_squares.h"

namespace doppio {

double SumOfSquares(Device, const std::vector<FloatArray>& arrays) {
  double sum = 0;
  for (const FloatArray& a : arrays) sum += SumOfSquares(a.values, a.count);
  return sum;
}

}  // namespace doppio
