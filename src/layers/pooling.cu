#include <cfloat>

#include "core/random.h"
#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/pooling.h"

namespace doppio {
namespace {

// Calls visit(pixel) for the pixels under a window until it says true.
template <typename Visit>
__device__ void VisitPixels(const PoolWindow& w, int width, Visit visit) {
  for (int h = w.top; h < w.bottom; ++h) {
    for (int c = w.left; c < w.right; ++c) {
      if (visit(h * width + c)) return;
    }
  }
}

struct Largest {
  __device__ int32_t operator()(const float* x, const PoolWindow& w, int width,
                                int64_t) const {
    float best = -FLT_MAX;
    int32_t at = w.first(width);
    VisitPixels(w, width, [&](int pixel) {
      if (x[pixel] > best) {
        best = x[pixel];
        at = pixel;
      }
      return false;
    });
    return at;
  }
};

// The pixel at which the running sum reaches a random share of the whole.
struct Drawn {
  RandomStream random;

  __device__ int32_t operator()(const float* x, const PoolWindow& w, int width,
                                int64_t out) const {
    float sum = 0;
    VisitPixels(w, width, [&](int pixel) {
      sum += x[pixel];
      return false;
    });
    const float threshold = random.Uniform(out) * sum;
    float running = 0;
    int32_t drawn = w.first(width);
    VisitPixels(w, width, [&](int pixel) {
      running += x[pixel];
      drawn = pixel;
      return running >= threshold;
    });
    return drawn;
  }
};

struct Mean {
  __device__ float operator()(const float* x, const PoolWindow& w,
                              int width) const {
    float sum = 0;
    VisitPixels(w, width, [&](int pixel) {
      sum += x[pixel];
      return false;
    });
    return sum / static_cast<float>(w.area);
  }
};

// What Drawn gives on average.
struct WeightedMean {
  __device__ float operator()(const float* x, const PoolWindow& w,
                              int width) const {
    float sum = FLT_MIN;  // as Caffe, so that a window of zeros gives 0
    float squares = 0;
    VisitPixels(w, width, [&](int pixel) {
      sum += x[pixel];
      squares += x[pixel] * x[pixel];
      return false;
    });
    return squares / sum;
  }
};

__device__ PoolWindow WindowOf(const PoolGeometry& g, int64_t out) {
  const int col = static_cast<int>(out % g.out_width);
  return g.At(static_cast<int>(out / g.out_width % g.out_height), col);
}

// Each output is one of the inputs; `where` remembers which unless it is null,
// and so does `mask`, as floats.
template <typename Pick>
void Choose(const PoolGeometry& g, int64_t outputs, Pick pick, const float* x,
            float* y, int32_t* where, float* mask) {
  const int64_t image = g.image(), out_image = g.out_image();
  ForEach(Stream(), outputs, [=] __device__(int64_t out) {
    const float* pixels = x + out / out_image * image;
    const int32_t at = pick(pixels, WindowOf(g, out), g.width, out);
    y[out] = pixels[at];
    if (where != nullptr) where[out] = at;
    if (mask != nullptr) mask[out] = static_cast<float>(at);
  });
}

template <typename Condense>
void Average(const PoolGeometry& g, int64_t outputs, Condense condense,
             const float* x, float* y) {
  const int64_t image = g.image(), out_image = g.out_image();
  ForEach(Stream(), outputs, [=] __device__(int64_t out) {
    y[out] = condense(x + out / out_image * image, WindowOf(g, out), g.width);
  });
}

// The outputs of one axis whose windows hold a pixel: [first, last].
struct Outputs {
  int first, last;
};
__device__ Outputs OutputsOver(int pixel, int kernel, int stride, int pad,
                               int extent) {
  const int end = pixel + pad;
  const int begin = end - kernel;
  const int first = begin < 0 ? 0 : begin / stride + 1;
  const int last = end / stride;
  return {first, last < extent ? last : extent - 1};
}

// Gathers the gradient of each input from the windows that hold it, in an order
// that is always the same. share(out, pixel, window) is the part of dy[out].
template <typename Share>
void Gather(const PoolGeometry& g, int64_t inputs, Share share, float* dx) {
  const int64_t image = g.image(), out_image = g.out_image();
  ForEach(Stream(), inputs, [=] __device__(int64_t i) {
    const int pixel = static_cast<int>(i % image);
    const int64_t first_out = i / image * out_image;
    const Outputs rows = OutputsOver(pixel / g.width, g.kernel_h, g.stride_h,
                                     g.pad_h, g.out_height);
    const Outputs cols = OutputsOver(pixel % g.width, g.kernel_w, g.stride_w,
                                     g.pad_w, g.out_width);
    float sum = 0;
    for (int row = rows.first; row <= rows.last; ++row) {
      for (int col = cols.first; col <= cols.last; ++col) {
        sum += share(first_out + row * g.out_width + col, pixel, row, col);
      }
    }
    dx[i] = sum;
  });
}

void GatherChosen(const PoolGeometry& g, int64_t inputs, const int32_t* where,
                  const float* dy, float* dx) {
  Gather(
      g, inputs,
      [=] __device__(int64_t out, int pixel, int, int) {
        return where[out] == pixel ? dy[out] : 0.f;
      },
      dx);
}

void GatherMeans(const PoolGeometry& g, int64_t inputs, const float* dy,
                 float* dx) {
  Gather(
      g, inputs,
      [=] __device__(int64_t out, int, int row, int col) {
        return dy[out] / static_cast<float>(g.At(row, col).area);
      },
      dx);
}

class PoolingCuda final : public Pooling {
 public:
  using Pooling::Pooling;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    const int64_t outputs = tops[0]->data.count();
    const PoolGeometry& g = geometry_;
    if (picks()) {
      int32_t* where = propagate_down(0) ? Where(tops[0]->shape()) : nullptr;
      float* mask = tops.size() > 1 ? tops[1]->data.data() : nullptr;
      if (method() == PoolingParameter::MAX) {
        Choose(g, outputs, Largest(), x, y, where, mask);
      } else {
        const RandomStream random(context().seed(), Draw::kPooling,
                                  Hash(name()), pass());
        Choose(g, outputs, Drawn{random}, x, y, where, mask);
      }
    } else if (method() == PoolingParameter::AVE) {
      Average(g, outputs, Mean(), x, y);
    } else {
      Average(g, outputs, WeightedMean(), x, y);
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    Tensor& dx = bottoms[0]->diff;
    if (picks()) {
      GatherChosen(geometry_, dx.count(), Where(tops[0]->shape()), dy,
                   dx.data());
    } else {
      GatherMeans(geometry_, dx.count(), dy, dx.data());
    }
  }

  size_t own_bytes() const override {
    const int64_t outputs = shape_[0] * shape_[1] * geometry_.out_image();
    return picks() ? outputs * sizeof(int32_t) : 0;
  }

 private:
  // Whether an output is one of the inputs.
  bool picks() const {
    return method() == PoolingParameter::MAX ||
           (method() == PoolingParameter::STOCHASTIC && training());
  }

  int32_t* Where(const Shape& shape) {
    if (where_.shape() != shape) where_ = Tensor(shape, Device::kCuda);
    return static_cast<int32_t*>(where_.storage());
  }

  Tensor where_;  // the pixel that each output was picked from, as integers
};

const RegisterLayer<PoolingCuda> kPoolingCuda("Pooling", Device::kCuda);

}  // namespace
}  // namespace doppio
