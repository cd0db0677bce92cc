#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/interp.h"

namespace doppio {
namespace {

void Resize(int64_t planes, int64_t height, int64_t width,
            const BlendedLines& rows, const BlendedLines& cols, const float* x,
            float* y) {
  const int64_t n = planes * rows.count * cols.count;
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    const Blend col = cols[static_cast<int>(i % cols.count)];
    const Blend row = rows[static_cast<int>(i / cols.count % rows.count)];
    const float* plane = x + i / cols.count / rows.count * height * width;
    const float* near = plane + row.near * width;
    const float* far = plane + row.far * width;
    y[i] = (1 - row.share) *
               ((1 - col.share) * near[col.near] + col.share * near[col.far]) +
           row.share *
               ((1 - col.share) * far[col.near] + col.share * far[col.far]);
  });
}

// The lines of the top that a line of the bottom may be in: [first, end).
struct Lines {
  int first, end;
};
__device__ Lines LinesWith(const BlendedLines& lines, int line) {
  if (lines.step == 0) return {0, lines.count};
  const float at = static_cast<float>(line - lines.first);
  // One more on each side, for what is lost in rounding.
  const int first = static_cast<int>((at - 1) / lines.step) - 1;
  const int last = static_cast<int>((at + 1) / lines.step) + 1;
  return {first > 0 ? first : 0, last < lines.count ? last + 1 : lines.count};
}

// Gathers each pixel's gradient from all that it is blended into.
void Gradient(int64_t planes, int64_t height, int64_t width,
              const BlendedLines& rows, const BlendedLines& cols,
              const float* dy, float* dx) {
  ForEach(Stream(), planes * height * width, [=] __device__(int64_t i) {
    const int col = static_cast<int>(i % width);
    const int row = static_cast<int>(i / width % height);
    const float* plane = dy + i / width / height * rows.count * cols.count;
    const Lines in_rows = LinesWith(rows, row), in_cols = LinesWith(cols, col);
    float sum = 0;
    for (int r = in_rows.first; r < in_rows.end; ++r) {
      const float of_row = rows[r].Of(row);
      if (of_row == 0) continue;
      for (int c = in_cols.first; c < in_cols.end; ++c) {
        sum += of_row * cols[c].Of(col) * plane[int64_t{r} * cols.count + c];
      }
    }
    dx[i] = sum;
  });
}

class InterpCuda final : public Interp {
 public:
  using Interp::Interp;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Resize(planes_, height_, width_, rows_, cols_, bottoms[0]->data.data(),
           tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(planes_, height_, width_, rows_, cols_, tops[0]->diff.data(),
             bottoms[0]->diff.data());
  }
};

const RegisterLayer<InterpCuda> kInterpCuda("Interp", Device::kCuda);

}  // namespace
}  // namespace doppio
