#pragma once

#include <cfloat>
#include <cstdint>
#include <cstring>

#include "layers/shared/channels.h"
#include "layers/shared/pool_geometry.h"

// What pooling does with one window, for all lanes of a block of channels at a
// time, or for one.

namespace doppio {

// Calls visit(pixel) for the pixels under a window until it says true.
template <typename Visit>
inline void VisitPixels(const PoolWindow& w, int width, Visit visit) {
  for (int h = w.top; h < w.bottom; ++h) {
    for (int c = w.left; c < w.right; ++c) {
      if (visit(h * width + c)) return;
    }
  }
}

// The largest value under a window for each lane; in `where`, unless it is
// null, the pixel that it lies on.
template <int kLanes>
void Largest(const float* x, const PoolWindow& w, int width, float* y,
             int32_t* where) {
  FloatLanes<kLanes> value, best = FloatLanes<kLanes>{} - FLT_MAX;
  IntLanes<kLanes> at = IntLanes<kLanes>{} + w.first(width);
  VisitPixels(w, width, [&](int pixel) {
    std::memcpy(&value, x + int64_t{pixel} * kLanes, sizeof value);
    at = value > best ? IntLanes<kLanes>{} + pixel : at;
    best = value > best ? value : best;
    return false;
  });
  std::memcpy(y, &best, sizeof best);
  if (where != nullptr) std::memcpy(where, &at, sizeof at);
}

// Adds each lane's dy to the pixel that `where` says.
template <int kLanes>
void SpreadLargest(const float* dy, const int32_t* where, const PoolWindow& w,
                   int width, float* dx) {
  if constexpr (kLanes == 1) {
    dx[*where] += *dy;
    return;
  }
  FloatLanes<kLanes> value, gradient;
  IntLanes<kLanes> at;
  std::memcpy(&gradient, dy, sizeof gradient);
  std::memcpy(&at, where, sizeof at);
  VisitPixels(w, width, [&](int pixel) {
    float* to = dx + int64_t{pixel} * kLanes;
    std::memcpy(&value, to, sizeof value);
    value = at == pixel ? value + gradient : value;
    std::memcpy(to, &value, sizeof value);
    return false;
  });
}

template <int kLanes>
void Mean(const float* x, const PoolWindow& w, int width, float* y) {
  FloatLanes<kLanes> value, sum = {};
  VisitPixels(w, width, [&](int pixel) {
    std::memcpy(&value, x + int64_t{pixel} * kLanes, sizeof value);
    sum += value;
    return false;
  });
  sum /= static_cast<float>(w.area);
  std::memcpy(y, &sum, sizeof sum);
}

template <int kLanes>
void SpreadMean(const float* dy, const PoolWindow& w, int width, float* dx) {
  FloatLanes<kLanes> value, share;
  std::memcpy(&share, dy, sizeof share);
  share /= static_cast<float>(w.area);
  VisitPixels(w, width, [&](int pixel) {
    float* to = dx + int64_t{pixel} * kLanes;
    std::memcpy(&value, to, sizeof value);
    value += share;
    std::memcpy(to, &value, sizeof value);
    return false;
  });
}

// The pixel at which the running sum reaches `share` of the whole. One lane.
inline int32_t DrawnPixel(const float* x, int lanes, const PoolWindow& w,
                          int width, float share) {
  float sum = 0;
  VisitPixels(w, width, [&](int pixel) {
    sum += x[int64_t{pixel} * lanes];
    return false;
  });
  const float threshold = share * sum;
  float running = 0;
  int32_t drawn = w.first(width);
  VisitPixels(w, width, [&](int pixel) {
    running += x[int64_t{pixel} * lanes];
    drawn = pixel;
    return running >= threshold;
  });
  return drawn;
}

// What DrawnPixel gives on average. One lane.
inline float WeightedMean(const float* x, int lanes, const PoolWindow& w,
                          int width) {
  float sum = FLT_MIN;  // as Caffe, so that a window of zeros gives 0
  float squares = 0;
  VisitPixels(w, width, [&](int pixel) {
    const float value = x[int64_t{pixel} * lanes];
    sum += value;
    squares += value * value;
    return false;
  });
  return squares / sum;
}

}  // namespace doppio
