#include <algorithm>
#include <numeric>

#include "device/launch.cuh"
#include "device/rounding.cuh"
#include "layers/shared/columns.cuh"

namespace doppio {
namespace {

using Geometry = ColumnGeometry;

struct Place {
  int at[Geometry::kAxes];
};

// Takes a row-major index apart.
__device__ Place Unravel(int index, const int* extents) {
  Place place;
  for (int a = Geometry::kAxes - 1; a >= 0; --a) {
    place.at[a] = index % extents[a];
    index /= extents[a];
  }
  return place;
}

// The coordinate of the pixel that a tap sees from a position, along one axis;
// -1 in the padding.
__device__ int PixelUnder(const Geometry& g, int a, int tap, int position) {
  const int pixel = position * g.stride[a] - g.pad[a] + tap * g.dilation[a];
  return pixel < g.input[a] ? pixel : -1;
}

// Calls visit(tap, pixel) for all taps in order, with the pixel that each sees
// from a position, or -1. Loops in loops, since divisions are what costs here.
template <typename Visit>
__device__ void VisitTaps(const Geometry& g, const Place& position,
                          Visit visit) {
  int tap = 0;
  for (int i = 0; i < g.kernel[0]; ++i) {
    const int x = PixelUnder(g, 0, i, position.at[0]);
    for (int j = 0; j < g.kernel[1]; ++j) {
      const int y = PixelUnder(g, 1, j, position.at[1]);
      const int row = x < 0 || y < 0 ? -1 : x * g.input[1] + y;
      for (int k = 0; k < g.kernel[2]; ++k, ++tap) {
        const int z = row < 0 ? -1 : PixelUnder(g, 2, k, position.at[2]);
        visit(tap, z < 0 ? -1 : row * g.input[2] + z);
      }
    }
  }
}

// From one tap that sees a pixel to the next along each axis, and from the
// position of the one back to that of the other.
struct Steps {
  explicit Steps(const Geometry& g) {
    for (int a = 0; a < Geometry::kAxes; ++a) {
      const int common = std::gcd(g.stride[a], g.dilation[a]);
      tap[a] = g.stride[a] / common;
      position[a] = g.dilation[a] / common;
    }
  }
  int tap[Geometry::kAxes];
  int position[Geometry::kAxes];
};

// The first of the taps along an axis that see a pixel, the position from which
// it does, and how many there are.
struct Seen {
  int tap, position, count;
};

__device__ Seen SeenBy(const Geometry& g, const Steps& step, int a, int pixel) {
  const int stride = g.stride[a], dilation = g.dilation[a];
  int from = pixel + g.pad[a];  // where the window begins, if tap 0 sees it
  // Taps before this one would see it from beyond the last position.
  const int beyond = from - (g.output[a] - 1) * stride;
  int tap = beyond > 0 ? (beyond + dilation - 1) / dilation : 0;
  from -= tap * dilation;
  for (; tap < g.kernel[a] && from % stride != 0; from -= dilation) ++tap;
  if (tap >= g.kernel[a] || from < 0) return {0, 0, 0};
  const int position = from / stride;
  const int taps = (g.kernel[a] - 1 - tap) / step.tap[a];
  const int positions = position / step.position[a];
  return {tap, position, 1 + (taps < positions ? taps : positions)};
}

// The sum of what taps have seen of a pixel, in the order of the taps; `first`
// is what the first one has seen from the first position.
__device__ float SumSeen(const Geometry& g, const Steps& step,
                         const Place& pixel, int64_t width,
                         const float* first) {
  const Seen x = SeenBy(g, step, 0, pixel.at[0]);
  const Seen y = SeenBy(g, step, 1, pixel.at[1]);
  const Seen z = SeenBy(g, step, 2, pixel.at[2]);
  float sum = 0;
  for (int i = 0; i < x.count; ++i) {
    const int plane = (x.tap + i * step.tap[0]) * g.kernel[1] + y.tap;
    const int from = (x.position - i * step.position[0]) * g.output[1];
    for (int j = 0; j < y.count; ++j) {
      int64_t tap = (plane + j * step.tap[1]) * g.kernel[2] + z.tap;
      int at =
          (from + y.position - j * step.position[1]) * g.output[2] + z.position;
      for (int k = 0; k < z.count; ++k) {
        sum += first[tap * width + at];
        tap += step.tap[2];
        at -= step.position[2];
      }
    }
  }
  return sum;
}

}  // namespace

ColumnGeometry::ColumnGeometry(const Window& window, const Shape& source,
                               const Shape& target)
    : channels(source[1]) {
  const int axes = window.axes();
  for (int a = 0; a < axes; ++a) {
    const int at = kAxes - axes + a;
    input[at] = source[2 + a];
    output[at] = target[2 + a];
    kernel[at] = window.kernel[a];
    stride[at] = window.stride[a];
    pad[at] = window.pad[a];
    dilation[at] = window.dilation[a];
  }
}

// A thread for all taps of one channel at one position.
template <typename T>
void CudaToColumns(const ColumnGeometry& g, int64_t images, const float* x,
                   T* columns) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  ForEach(Stream(), g.channels * width, [=] __device__(int64_t i) {
    const int64_t channel = i / width, column = i % width;
    const int64_t image = column / positions;
    const Place at =
        Unravel(static_cast<int>(column - image * positions), g.output);
    const float* plane = x + (image * g.channels + channel) * pixels;
    T* first = columns + channel * taps * width + column;
    VisitTaps(g, at, [&](int tap, int pixel) {
      first[tap * width] = T(pixel < 0 ? 0.f : plane[pixel]);
    });
  });
}

template void CudaToColumns(const ColumnGeometry& g, int64_t images,
                            const float* x, float* columns);
template void CudaToColumns(const ColumnGeometry& g, int64_t images,
                            const float* x, __nv_bfloat16* columns);
template void CudaToColumns(const ColumnGeometry& g, int64_t images,
                            const float* x, __half* columns);

// A thread for each pixel.
void CudaFromColumns(const ColumnGeometry& g, int64_t images,
                     const float* columns, float* x) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  const Steps step(g);
  ForEach(Stream(), images * g.channels * pixels, [=] __device__(int64_t i) {
    const int64_t plane = i / pixels;
    const int64_t channel = plane % g.channels, image = plane / g.channels;
    const Place at = Unravel(static_cast<int>(i - plane * pixels), g.input);
    const float* first = columns + channel * taps * width + image * positions;
    x[i] = SumSeen(g, step, at, width, first);
  });
}

}  // namespace doppio
