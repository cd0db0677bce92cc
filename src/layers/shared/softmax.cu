#include "device/block.cuh"
#include "layers/shared/softmax.cuh"

namespace doppio {
namespace {

// A block for each vector of neighbouring values.
__global__ void SoftmaxOfRows(int n, const float* x, float* y) {
  const int64_t start = int64_t{blockIdx.x} * n;
  float largest = -INFINITY;
  for (const int64_t c : BlockStride{n}) {
    largest = Larger()(largest, x[start + c]);
  }
  largest = BlockReduce(largest, -INFINITY, Larger());
  float sum = 0;
  for (const int64_t c : BlockStride{n}) {
    const float value = expf(x[start + c] - largest);
    y[start + c] = value;
    sum += value;
  }
  const float factor = 1 / BlockReduce(sum, 0.f, Plus());
  for (const int64_t c : BlockStride{n}) y[start + c] *= factor;
}

__global__ void GradientOfRows(int n, const float* y, const float* dy,
                               float* dx) {
  const int64_t start = int64_t{blockIdx.x} * n;
  float dot = 0;
  for (const int64_t c : BlockStride{n}) dot += dy[start + c] * y[start + c];
  dot = BlockReduce(dot, 0.f, Plus());
  for (const int64_t c : BlockStride{n}) {
    dx[start + c] = (dy[start + c] - dot) * y[start + c];
  }
}

// A thread for each vector, where neighbours are of different vectors.
void SoftmaxOfColumns(const AxisView& view, const float* x, float* y) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t position) {
    const int64_t start = view.Start(position);
    float largest = x[start];
    for (int c = 1; c < view.extent; ++c) {
      largest = Larger()(largest, x[start + c * view.inner]);
    }
    float sum = 0;
    for (int c = 0; c < view.extent; ++c) {
      const float value = expf(x[start + c * view.inner] - largest);
      y[start + c * view.inner] = value;
      sum += value;
    }
    for (int c = 0; c < view.extent; ++c) y[start + c * view.inner] /= sum;
  });
}

void GradientOfColumns(const AxisView& view, const float* y, const float* dy,
                       float* dx) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t position) {
    const int64_t start = view.Start(position);
    float dot = 0;
    for (int c = 0; c < view.extent; ++c) {
      dot += dy[start + c * view.inner] * y[start + c * view.inner];
    }
    for (int c = 0; c < view.extent; ++c) {
      const int64_t i = start + c * view.inner;
      dx[i] = (dy[i] - dot) * y[i];
    }
  });
}

}  // namespace

void CudaSoftmax(const AxisView& view, const float* x, float* y) {
  if (view.positions() == 0 || view.extent == 0) return;
  if (view.inner == 1) {
    Launch(Stream(), BlockPerRow<float>(view.outer), SoftmaxOfRows, view.extent,
           x, y);
  } else {
    SoftmaxOfColumns(view, x, y);
  }
}

void CudaSoftmaxGradient(const AxisView& view, const float* y, const float* dy,
                         float* dx) {
  if (view.positions() == 0 || view.extent == 0) return;
  if (view.inner == 1) {
    Launch(Stream(), BlockPerRow<float>(view.outer), GradientOfRows,
           view.extent, y, dy, dx);
  } else {
    GradientOfColumns(view, y, dy, dx);
  }
}

}  // namespace doppio
