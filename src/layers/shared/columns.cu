#include <algorithm>

#include "device/launch.cuh"
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

// The coordinate of the position from which a tap sees a pixel; -1 for none.
__device__ int PositionOver(const Geometry& g, int a, int tap, int pixel) {
  const int from = pixel + g.pad[a] - tap * g.dilation[a];
  if (from < 0) return -1;
  const int position = from / g.stride[a];
  return position * g.stride[a] == from && position < g.output[a] ? position
                                                                  : -1;
}

// Calls visit(tap, place) for all taps in order, with the row-major index among
// `extents` of what along(axis, tap) says for each axis; -1 if that is negative
// for one. Loops in loops, since divisions are what costs here.
template <typename Along, typename Visit>
__device__ void VisitTaps(const Geometry& g, const int* extents, Along along,
                          Visit visit) {
  int tap = 0;
  for (int i = 0; i < g.kernel[0]; ++i) {
    const int x = along(0, i);
    for (int j = 0; j < g.kernel[1]; ++j) {
      const int y = along(1, j);
      const int row = x < 0 || y < 0 ? -1 : x * extents[1] + y;
      for (int k = 0; k < g.kernel[2]; ++k, ++tap) {
        const int z = row < 0 ? -1 : along(2, k);
        visit(tap, z < 0 ? -1 : row * extents[2] + z);
      }
    }
  }
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
void CudaToColumns(const ColumnGeometry& g, int64_t images, const float* x,
                   float* columns) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  ForEach(Stream(), g.channels * width, [=] __device__(int64_t i) {
    const int64_t channel = i / width, column = i % width;
    const int64_t image = column / positions;
    const Place at =
        Unravel(static_cast<int>(column - image * positions), g.output);
    const float* plane = x + (image * g.channels + channel) * pixels;
    float* first = columns + channel * taps * width + column;
    VisitTaps(
        g, g.input,
        [&](int a, int tap) { return PixelUnder(g, a, tap, at.at[a]); },
        [&](int tap, int pixel) {
          first[tap * width] = pixel < 0 ? 0 : plane[pixel];
        });
  });
}

// A thread for each pixel.
void CudaFromColumns(const ColumnGeometry& g, int64_t images,
                     const float* columns, float* x) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  ForEach(Stream(), images * g.channels * pixels, [=] __device__(int64_t i) {
    const int64_t plane = i / pixels;
    const int64_t channel = plane % g.channels, image = plane / g.channels;
    const Place at = Unravel(static_cast<int>(i - plane * pixels), g.input);
    const float* first = columns + channel * taps * width + image * positions;
    float sum = 0;
    VisitTaps(
        g, g.output,
        [&](int a, int tap) { return PositionOver(g, a, tap, at.at[a]); },
        [&](int tap, int position) {
          if (position >= 0) sum += first[tap * width + position];
        });
    x[i] = sum;
  });
}

}  // namespace doppio
