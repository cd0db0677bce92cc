#include "layers/shared/broadcast.h"

#include "doppio/error.h"

namespace doppio {

Shape OperandShape(const Shape& bottom, int axis, int num_axes) {
  Require(num_axes >= -1, "num_axes is ", num_axes,
          "; it counts axes, or is -1 for all of them");
  const int first = bottom.Axis(axis);
  const int end = num_axes == -1 ? bottom.axes() : first + num_axes;
  Require(end <= bottom.axes(), num_axes, " axes from axis ", first,
          " on are more than a bottom of shape ", bottom, " has");
  const std::vector<int>& extents = bottom.extents();
  return Shape(
      std::vector<int>(extents.begin() + first, extents.begin() + end));
}

ChannelView ViewBroadcast(const Shape& bottom, int axis, const Shape& operand) {
  const int first = operand.axes() == 0 ? 0 : bottom.Axis(axis);
  const int end = first + operand.axes();
  bool fits = end <= bottom.axes();
  for (int i = first; fits && i < end; ++i) {
    fits = bottom[i] == operand[i - first];
  }
  Require(fits, "a second bottom of shape ", operand,
          " does not match the axes of ", bottom, " from axis ", first, " on");
  ChannelView view;
  view.number = bottom.count(0, first);
  view.channels = operand.count();
  view.inner = bottom.count(end);
  return view;
}

bool IsPerChannel(const Shape& bottom, int axis, const Shape& operand) {
  return operand.axes() == 1 && bottom.axes() >= 3 && bottom.axes() <= 5 &&
         bottom.Axis(axis) == 1;
}

}  // namespace doppio
