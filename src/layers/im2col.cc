#include "layers/im2col.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Im2col::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Im2col::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  const int axis = x.Axis(param_.convolution_param().axis());
  window_ = ParseWindow(param_.convolution_param(), x.axes() - axis - 1);
  planes_ = x.count(0, axis + 1);
  Shape top = x;
  std::vector<int> image, places;
  for (int i = 0; i < window_.axes(); ++i) {
    image.push_back(x[axis + 1 + i]);
    places.push_back(window_.Positions(i, image[i]));
    top[axis] *= window_.kernel[i];
    top[axis + 1 + i] = places[i];
  }
  image_ = Shape(std::move(image));
  places_ = Shape(std::move(places));
  return {top};
}

namespace {

// The coordinates of element `index` of a shape.
std::vector<int> Coordinates(const Shape& shape, int64_t index) {
  std::vector<int> at(shape.axes());
  for (int i = shape.axes() - 1; i >= 0; --i) {
    at[i] = static_cast<int>(index % shape[i]);
    index /= shape[i];
  }
  return at;
}

class Im2colCpu final : public Im2col {
 public:
  using Im2col::Im2col;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ForEachPair([=](int64_t pixel, int64_t place) {
      y[place] = pixel < 0 ? 0 : x[pixel];
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    bottoms[0]->diff.Zero();
    ForEachPair([=](int64_t pixel, int64_t place) {
      if (pixel >= 0) dx[pixel] += dy[place];
    });
  }

 private:
  // Calls body(pixel of the bottom, or -1 for padding, element of the top) for
  // every element of the top. A plane of the bottom belongs to one thread.
  template <typename Body>
  void ForEachPair(Body body) const {
    const Shape kernel(window_.kernel);
    const int64_t columns = kernel.count() * places_.count();
    ParallelFor(planes_, 2. * columns, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        int64_t place = plane * columns;
        for (int64_t k = 0; k < kernel.count(); ++k) {
          const std::vector<int> in_window = Coordinates(kernel, k);
          for (int64_t p = 0; p < places_.count(); ++p, ++place) {
            const int64_t pixel = Pixel(in_window, p);
            body(pixel < 0 ? -1 : plane * image_.count() + pixel, place);
          }
        }
      }
    });
  }

  // The pixel within a plane under one element of the window, -1 in padding.
  int64_t Pixel(const std::vector<int>& in_window, int64_t place) const {
    int64_t pixel = 0;
    int64_t stride = 1;
    for (int i = places_.axes() - 1; i >= 0; --i) {
      const int64_t at = place % places_[i] * window_.stride[i] +
                         in_window[i] * window_.dilation[i] - window_.pad[i];
      if (at < 0 || at >= image_[i]) return -1;
      pixel += at * stride;
      stride *= image_[i];
      place /= places_[i];
    }
    return pixel;
  }
};

const RegisterLayer<Im2colCpu> kIm2colCpu("Im2col", Device::kCpu);

}  // namespace
}  // namespace doppio
