#pragma once

#include <algorithm>

#include "core/memory.h"
#include "device/block.cuh"
#include "layers/shared/channels.h"

namespace doppio {

// A block for each of `slices` parts of each row.
template <typename Term, typename Finish>
__global__ void SumSlices(int64_t length, int64_t slices, Term term,
                          Finish finish) {
  const int64_t row = blockIdx.x / slices, slice = blockIdx.x % slices;
  const int64_t begin = length * slice / slices;
  const int64_t end = length * (slice + 1) / slices;
  double sum = 0;
  for (const int64_t i : BlockStride{end - begin}) sum += term(row, begin + i);
  sum = BlockReduce(sum, 0., Plus());
  if (threadIdx.x == 0) finish(int64_t{blockIdx.x}, sum);
}

// The sums of the slices, brought to memory and read from there as terms.
struct StorePartial {
  double* to;
  __device__ void operator()(int64_t i, double sum) const { to[i] = sum; }
};
struct LoadPartial {
  const double* from;
  int64_t slices;
  __device__ double operator()(int64_t row, int64_t i) const {
    return from[row * slices + i];
  }
};

// Sums in double, in an order that is always the same; a member of the layer,
// whose buffer it keeps.
class CudaSums {
 public:
  // finish(row, the sum of term(row, i) for i in [0, length)), once for each
  // row; both are [=] __device__ lambdas, or structs with such an operator().
  template <typename Term, typename Finish>
  void operator()(int64_t rows, int64_t length, Term term, Finish finish) {
    if (rows == 0) return;
    const int64_t slices = SlicesOf(rows, length);
    if (slices == 1) {
      Sum(rows, length, 1, term, finish);
      return;
    }
    double* partial = Room(rows * slices);
    Sum(rows, length, slices, term, StorePartial{partial});
    Sum(rows, slices, 1, LoadPartial{partial, slices}, finish);
  }

 private:
  // As many as keep a large device busy, each long enough to pay.
  static int64_t SlicesOf(int64_t rows, int64_t length) {
    constexpr int64_t kBlocks = 1024, kShortest = 4096;
    return std::max<int64_t>(1, std::min(kBlocks / rows, length / kShortest));
  }

  template <typename Term, typename Finish>
  static void Sum(int64_t rows, int64_t length, int64_t slices, Term term,
                  Finish finish) {
    Launch(Stream(), BlockPerRow<double>(rows * slices),
           SumSlices<Term, Finish>, length, slices, term, finish);
  }

  double* Room(int64_t sums) {
    if (sums > room_) partial_ = Allocate(Device::kCuda, sums * sizeof(double));
    room_ = std::max(room_, sums);
    return static_cast<double*>(partial_.get());
  }

  std::shared_ptr<void> partial_;
  int64_t room_ = 0;  // in sums
};

// What a CudaSums is to do with each row's sum: write it, or add it.
struct StoreSum {
  float* to;
  bool add;
  __device__ void operator()(int64_t row, double sum) const {
    to[row] = static_cast<float>(add ? to[row] + sum : sum);
  }
};

// A value that is the element itself.
struct ElementOf {
  const float* x;
  __device__ float operator()(int64_t i, int64_t) const { return x[i]; }
};

// value(i, c) over the elements i of each channel c, as terms of a CudaSums.
template <typename Value>
struct ChannelTerm {
  int64_t channels, inner;
  Value value;
  __device__ auto operator()(int64_t c, int64_t j) const {
    return value((j / inner * channels + c) * inner + j % inner, c);
  }
};

// finish(c, the sum of value(i, c) over the elements i of channel c), for
// row-major tensors.
template <typename Value, typename Finish>
void SumChannels(const ChannelView& v, CudaSums* sums, Value value,
                 Finish finish) {
  (*sums)(v.channels, v.number * v.inner,
          ChannelTerm<Value>{v.channels, v.inner, value}, finish);
}

// body(i, c) for all elements i, each of channel c.
template <typename Body>
void CudaForEachElement(const ChannelView& v, Body body) {
  ForEach(Stream(), v.number * v.channels * v.inner,
          [=, channels = v.channels, inner = v.inner] __device__(int64_t i) {
            body(i, i / inner % channels);
          });
}

// y[i] += b[c] for all elements i, each of channel c.
inline void CudaAddToChannels(const ChannelView& v, const float* b, float* y) {
  CudaForEachElement(v, [=] __device__(int64_t i, int64_t c) { y[i] += b[c]; });
}

}  // namespace doppio
