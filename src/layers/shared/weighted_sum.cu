#include <algorithm>

#include "device/launch.cuh"
#include "layers/shared/weighted_sum.cuh"

namespace doppio {
namespace {

// As many as a kernel takes at once.
constexpr int kTerms = 8;
struct Terms {
  const float* x[kTerms];
  float weight[kTerms];
  int count;
};

void SumTerms(const Terms& terms, int64_t n, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    float sum = terms.weight[0] * terms.x[0][i];
    for (int t = 1; t < terms.count; ++t)
      sum += terms.weight[t] * terms.x[t][i];
    y[i] = sum;
  });
}

}  // namespace

void CudaWeightedSum(const std::vector<const float*>& terms,
                     const std::vector<float>& weights, int64_t n, float* y) {
  for (size_t done = 0; done < terms.size();) {
    Terms some{};
    if (done > 0) {  // what the terms before have come to
      some.x[0] = y;
      some.weight[0] = 1;
      some.count = 1;
    }
    for (; done < terms.size() && some.count < kTerms; ++done, ++some.count) {
      some.x[some.count] = terms[done];
      some.weight[some.count] = weights[done];
    }
    SumTerms(some, n, y);
  }
}

}  // namespace doppio
