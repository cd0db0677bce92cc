#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "device/math.h"
#include "doppio/tensor.h"

namespace doppio {

// A tensor of channels as it lies in memory: number x blocks x inner x lanes.
// Row-major N x C x H x W has lanes = 1, inner = H * W and a block per channel;
// oneDNN's nChw16c has lanes = 16. Where the channels do not fill the last
// block, the lanes left over hold zeros and must get zeros.
struct ChannelView {
  int64_t number = 1;
  int64_t channels = 1;
  int64_t inner = 1;
  int lanes = 1;

  int64_t blocks() const { return (channels + lanes - 1) / lanes; }
  int64_t padded_channels() const { return blocks() * lanes; }
  // A chunk is what lies together of one image and one block.
  int64_t chunks() const { return number * blocks(); }
  int64_t chunk() const { return inner * lanes; }
  // Row-major matrices: channels lie next to each other.
  bool is_matrix() const { return lanes == 1 && inner == 1; }
};

// Axis 1 as channels; a tensor of one axis has one channel.
ChannelView ViewChannels(const Shape& shape, int lanes);

// The values of one pixel in the channels of a block, in one register:
// arithmetic, comparisons and ?: work lane by lane. (An extension that GCC and
// Clang share; loops over arrays of 16 they often do not vectorise.)
template <typename T, int kLanes>
struct LanesOf {
  typedef T Type __attribute__((vector_size(sizeof(T) * kLanes)));
};
template <typename T>
struct LanesOf<T, 1> {
  using Type = T;
};
template <int kLanes>
using FloatLanes = typename LanesOf<float, kLanes>::Type;
template <int kLanes>
using IntLanes = typename LanesOf<int32_t, kLanes>::Type;

// Calls body with `lanes` as a constant, so that loops over lanes unroll.
template <typename Body>
void WithLanes(int lanes, Body body) {
  if (lanes == 16) return body(std::integral_constant<int, 16>());
  if (lanes == 8) return body(std::integral_constant<int, 8>());
  body(std::integral_constant<int, 1>());
}

// Calls body(i, c) for the elements i of a chunk and their channels c.
template <int kLanes, typename Body>
void VisitChunk(const ChannelView& v, int64_t chunk, Body body) {
  const int64_t begin = chunk * v.inner * kLanes;
  const int64_t channel = chunk % v.blocks() * kLanes;
  if constexpr (kLanes == 1) {
#pragma omp simd
    for (int64_t i = 0; i < v.inner; ++i) body(begin + i, channel);
  } else {
    for (int64_t i = 0; i < v.inner; ++i) {
#pragma omp simd
      for (int l = 0; l < kLanes; ++l) {
        body(begin + i * kLanes + l, channel + l);
      }
    }
  }
}

// Calls body(i, c) for all elements i, each of channel c, on all threads. The
// element of every array that body reads and writes must be i itself, or c's.
template <typename Body>
void ForEachElement(const ChannelView& v, Body body) {
  if (v.is_matrix()) {
    ParallelFor(v.number, v.channels * 0.5, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
#pragma omp simd
        for (int64_t c = 0; c < v.channels; ++c) body(n * v.channels + c, c);
      }
    });
    return;
  }
  WithLanes(v.lanes, [&](auto lanes) {
    ParallelFor(v.chunks(), v.chunk() * 0.5, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) VisitChunk<lanes()>(v, k, body);
    });
  });
}

// Sums over all elements of each channel. The result does not depend on the
// number of threads.
class ChannelSums {
 public:
  // value(i, c) is what element i of channel c counts. The sums of the padding
  // are there, too.
  template <typename Value>
  const std::vector<double>& operator()(const ChannelView& v, Value value) {
    sums_.assign(v.padded_channels(), 0);
    if (v.is_matrix()) {
      SumColumns(v, value);
    } else {
      partial_.resize(v.chunks() * v.lanes);
      WithLanes(v.lanes, [&](auto lanes) { SumChunks<lanes()>(v, value); });
      AddPartialSums(v);
    }
    return sums_;
  }

 private:
  template <typename Value>
  void SumColumns(const ChannelView& v, Value value) {
    ParallelFor(v.channels, v.number * 0.5, [&](int64_t begin, int64_t end) {
      for (int64_t n = 0; n < v.number; ++n) {
        for (int64_t c = begin; c < end; ++c) {
          sums_[c] += value(n * v.channels + c, c);
        }
      }
    });
  }

  template <int kLanes, typename Value>
  void SumChunks(const ChannelView& v, Value value) {
    ParallelFor(v.chunks(), v.chunk() * 0.5, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        SumChunk<kLanes>(v, k, value, &partial_[k * kLanes]);
      }
    });
  }

  // In float for short runs, which loses nothing to speak of, in double beyond.
  template <int kLanes, typename Value>
  static void SumChunk(const ChannelView& v, int64_t chunk, Value value,
                       double* sums) {
    constexpr int64_t kRun = 256;
    const int64_t base = chunk * v.inner * kLanes;
    const int64_t channel = chunk % v.blocks() * kLanes;
    std::fill_n(sums, kLanes, 0.);
    for (int64_t begin = 0; begin < v.inner; begin += kRun) {
      const int64_t end = std::min(v.inner, begin + kRun);
      float run[kLanes] = {};
      if constexpr (kLanes == 1) {
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = begin; i < end; ++i) sum += value(base + i, channel);
        run[0] = sum;
      } else {
        for (int64_t i = begin; i < end; ++i) {
#pragma omp simd
          for (int l = 0; l < kLanes; ++l) {
            run[l] += value(base + i * kLanes + l, channel + l);
          }
        }
      }
      for (int l = 0; l < kLanes; ++l) sums[l] += run[l];
    }
  }

  void AddPartialSums(const ChannelView& v) {
    const int64_t row = v.padded_channels();
    for (int64_t n = 0; n < v.number; ++n) {
      for (int64_t c = 0; c < row; ++c) sums_[c] += partial_[n * row + c];
    }
  }

  std::vector<double> sums_, partial_;
};

// What Backward needs of the bottom of a layer that may run in place: a copy
// where Forward overwrites it, else the bottom itself.
class KeptBottom {
 public:
  // Before Forward writes the top.
  void Keep(const Tensor& bottom, const Tensor& top);
  const Tensor& Of(const Tensor& bottom, const Tensor& top) const {
    return bottom.storage() == top.storage() ? copy_ : bottom;
  }

 private:
  Tensor copy_;
};

}  // namespace doppio
