#include <algorithm>

#include "device/launch.cuh"
#include "layers/shared/columns.cuh"

namespace doppio {
namespace {

struct Place {
  int at[ColumnGeometry::kAxes];
};

// Takes a row-major index apart.
__device__ Place Unravel(int64_t index, const int* extents) {
  Place place;
  for (int a = ColumnGeometry::kAxes - 1; a >= 0; --a) {
    place.at[a] = static_cast<int>(index % extents[a]);
    index /= extents[a];
  }
  return place;
}

__device__ int64_t Ravel(const Place& place, const int* extents) {
  int64_t index = 0;
  for (int a = 0; a < ColumnGeometry::kAxes; ++a) {
    index = index * extents[a] + place.at[a];
  }
  return index;
}

// The pixel that a tap of the window sees from a position; -1 for padding.
__device__ int64_t PixelUnder(const ColumnGeometry& g, const Place& tap,
                              const Place& position) {
  Place pixel;
  for (int a = 0; a < ColumnGeometry::kAxes; ++a) {
    pixel.at[a] =
        position.at[a] * g.stride[a] - g.pad[a] + tap.at[a] * g.dilation[a];
    if (pixel.at[a] < 0 || pixel.at[a] >= g.input[a]) return -1;
  }
  return Ravel(pixel, g.input);
}

// The position from which a tap sees a pixel; -1 where there is none.
__device__ int64_t PositionOver(const ColumnGeometry& g, const Place& tap,
                                const Place& pixel) {
  Place position;
  for (int a = 0; a < ColumnGeometry::kAxes; ++a) {
    const int from = pixel.at[a] + g.pad[a] - tap.at[a] * g.dilation[a];
    if (from < 0 || from % g.stride[a] != 0) return -1;
    position.at[a] = from / g.stride[a];
    if (position.at[a] >= g.output[a]) return -1;
  }
  return Ravel(position, g.output);
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

void CudaToColumns(const ColumnGeometry& g, int64_t images, const float* x,
                   float* columns) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  ForEach(Stream(), g.rows() * width, [=] __device__(int64_t i) {
    const int64_t row = i / width, column = i % width;
    const int64_t image = column / positions;
    const int64_t pixel = PixelUnder(g, Unravel(row % taps, g.kernel),
                                     Unravel(column % positions, g.output));
    const int64_t plane = image * g.channels + row / taps;
    columns[i] = pixel < 0 ? 0 : x[plane * pixels + pixel];
  });
}

void CudaFromColumns(const ColumnGeometry& g, int64_t images,
                     const float* columns, float* x) {
  const int64_t positions = g.positions(), taps = g.taps();
  const int64_t pixels = g.pixels(), width = images * positions;
  ForEach(Stream(), images * g.channels * pixels, [=] __device__(int64_t i) {
    const Place pixel = Unravel(i % pixels, g.input);
    const int64_t channel = i / pixels % g.channels;
    const int64_t image = i / pixels / g.channels;
    float sum = 0;
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int64_t position = PositionOver(g, Unravel(tap, g.kernel), pixel);
      if (position < 0) continue;
      const int64_t row = channel * taps + tap;
      sum += columns[row * width + image * positions + position];
    }
    x[i] = sum;
  });
}

}  // namespace doppio
