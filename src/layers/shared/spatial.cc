#include "layers/shared/spatial.h"

#include <algorithm>
#include <limits>
#include <string>

#include "doppio/error.h"

namespace doppio {
namespace {

// One of the four sizes, as the prototxt spells it.
struct Size {
  std::string name, name_h, name_w;
  const google::protobuf::RepeatedField<uint32_t>& repeated;
  bool has_h, has_w;
  uint32_t h, w;
  int minimum;
  int otherwise;  // where nothing is given; -1 if something must be
};

std::vector<int> Parse(const Size& size, int axes) {
  std::vector<int> values;
  const int given = size.repeated.size();
  if (size.has_h || size.has_w) {
    Require(axes == 2, size.name_h, " and ", size.name_w,
            " are for 2 spatial axes, but the bottom has ", axes, "; use ",
            size.name);
    Require(given == 0, "convolution_param has both ", size.name, " and ",
            size.name_h, "/", size.name_w, "; keep one");
    values = {static_cast<int>(size.h), static_cast<int>(size.w)};
  } else if (given == 0) {
    Require(size.otherwise >= 0 || axes == 0, "convolution_param needs ",
            size.name, ", or ", size.name_h, " and ", size.name_w);
    values.assign(axes, size.otherwise);
  } else {
    Require(given == 1 || given == axes, size.name, " is given ", given,
            " times for ", axes,
            " spatial axes; give it once, or once for each");
    for (int i = 0; i < axes; ++i) {
      values.push_back(static_cast<int>(size.repeated[given == 1 ? 0 : i]));
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    Require(values[i] >= size.minimum, size.name, " of spatial axis ", i,
            " is ", values[i], ", but must be at least ", size.minimum);
  }
  return values;
}

}  // namespace

int64_t Window::Span(int axis) const {
  return int64_t{dilation[axis]} * (kernel[axis] - 1) + 1;
}

int Window::Positions(int axis, int input) const {
  const int64_t slack = input + int64_t{2} * pad[axis] - Span(axis);
  // Caffe's division rounds towards zero, so a window that is too large by less
  // than a stride still has one place.
  Require(input > 0 && slack > -stride[axis], "a kernel that spans ",
          Span(axis), " pixels does not fit an image of ", input, " padded by ",
          pad[axis]);
  return static_cast<int>(slack / stride[axis] + 1);
}

int Window::Covered(int axis, int places) const {
  const int64_t pixels = int64_t{stride[axis]} * (places - 1) + Span(axis) -
                         int64_t{2} * pad[axis];
  Require(places > 0 && pixels > 0, places, " places of a kernel that spans ",
          Span(axis), " pixels leave nothing of an image padded by ",
          pad[axis]);
  Require(pixels <= std::numeric_limits<int>::max(), pixels,
          " pixels are more than an axis can have");
  return static_cast<int>(pixels);
}

int Window::FarPad(int axis, int input) const {
  const int64_t last = int64_t{Positions(axis, input) - 1} * stride[axis];
  const int64_t needed = last + Span(axis) - input - pad[axis];
  return static_cast<int>(std::max<int64_t>(pad[axis], needed));
}

Window ParseWindow(const ConvolutionParameter& p, int axes) {
  Window window;
  window.kernel = Parse(
      {"kernel_size", "kernel_h", "kernel_w", p.kernel_size(), p.has_kernel_h(),
       p.has_kernel_w(), p.kernel_h(), p.kernel_w(), 1, -1},
      axes);
  window.stride =
      Parse({"stride", "stride_h", "stride_w", p.stride(), p.has_stride_h(),
             p.has_stride_w(), p.stride_h(), p.stride_w(), 1, 1},
            axes);
  window.pad = Parse({"pad", "pad_h", "pad_w", p.pad(), p.has_pad_h(),
                      p.has_pad_w(), p.pad_h(), p.pad_w(), 0, 0},
                     axes);
  window.dilation = Parse({"dilation", "dilation", "dilation", p.dilation(),
                           false, false, 1, 1, 1, 1},
                          axes);
  return window;
}

}  // namespace doppio
