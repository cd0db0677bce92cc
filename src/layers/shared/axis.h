#pragma once

#include "doppio/tensor.h"

namespace doppio {

// A row-major blob seen around one of its axes: outer x extent x inner.
struct AxisView {
  AxisView() = default;
  AxisView(const Shape& shape, int axis)
      : outer(shape.count(0, shape.Axis(axis))),
        extent(shape[shape.Axis(axis)]),
        inner(shape.count(shape.Axis(axis) + 1)) {}

  // How many vectors lie along the axis.
  constexpr int64_t positions() const { return outer * inner; }
  // Where the vector at a position starts; its elements are `inner` apart.
  constexpr int64_t Start(int64_t position) const {
    return position / inner * extent * inner + position % inner;
  }

  int64_t outer = 1;
  int extent = 1;
  int64_t inner = 1;
};

}  // namespace doppio
