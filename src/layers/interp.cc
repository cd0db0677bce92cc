#include "layers/interp.h"

#include <algorithm>
#include <limits>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Interp::Interp(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const InterpParameter& p = param.interp_param();
  Require(p.has_height() == p.has_width(),
          "interp_param has only one of height and width; give both");
  const bool by_factor = p.has_zoom_factor() || p.has_shrink_factor();
  const int ways = p.has_height() + by_factor + (param.bottom_size() > 1);
  Require(ways == 1,
          "the size must be given in one way: height and width, zoom_factor "
          "and shrink_factor, or a second bottom; it is given in ",
          ways);
  Require(!p.has_height() || (p.height() > 0 && p.width() > 0),
          "interp_param asks for ", p.height(), " x ", p.width(), " pixels");
  Require(p.zoom_factor() > 0 && p.shrink_factor() > 0, "zoom_factor ",
          p.zoom_factor(), " and shrink_factor ", p.shrink_factor(),
          " must be at least 1");
  Require(p.pad_beg() <= 0 && p.pad_end() <= 0, "pad_beg ", p.pad_beg(),
          " and pad_end ", p.pad_end(),
          " must be 0, or negative to crop; nothing can be added");
}

LayerTraits Interp::traits() const {
  LayerTraits t;
  t.max_bottoms = 2;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

int Interp::Resized(int axis, int pixels, const Shapes& bottoms) const {
  const InterpParameter& p = param_.interp_param();
  if (bottoms.size() > 1) return bottoms[1][axis];
  if (p.has_height()) return axis == 2 ? p.height() : p.width();
  const int64_t shrunk = (pixels - 1) / p.shrink_factor();
  const int64_t zoomed = shrunk * p.zoom_factor() + 1;
  Require(zoomed <= std::numeric_limits<int>::max(), "zoom_factor ",
          p.zoom_factor(), " makes ", pixels, " pixels ", zoomed);
  return static_cast<int>(zoomed);
}

Shapes Interp::Reshape(const Shapes& bottoms) {
  const InterpParameter& p = param_.interp_param();
  for (const Shape& x : bottoms) {
    Require(x.axes() == 4, "needs bottoms of 4 axes (N x C x H x W), not ", x);
  }
  Shape y = bottoms[0];
  for (const int axis : {2, 3}) {
    const int given = bottoms[0][axis];
    const int pixels = given + p.pad_beg() + p.pad_end();
    Require(pixels > 0, "pad_beg ", p.pad_beg(), " and pad_end ", p.pad_end(),
            " crop all of ", given, " pixels");
    const int resized = Resized(axis, pixels, bottoms);
    Require(resized > 0, "the second bottom, ", bottoms.back(),
            ", has no pixels");
    BlendedLines& lines = axis == 2 ? rows_ : cols_;
    lines.count = resized;
    lines.pixels = pixels;
    lines.first = -p.pad_beg();
    lines.step =
        resized > 1 ? static_cast<float>(pixels - 1) / (resized - 1) : 0;
    y[axis] = resized;
  }
  planes_ = y.count(0, 2);
  height_ = bottoms[0][2];
  width_ = bottoms[0][3];
  return {y};
}

namespace {

class InterpCpu final : public Interp {
 public:
  using Interp::Interp;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ForEachPixel([=](int64_t plane, int64_t out, const Blend& row,
                     const Blend& col) {
      const float* near = x + (plane + row.near) * width_;
      const float* far = x + (plane + row.far) * width_;
      y[out] = (1 - row.share) * ((1 - col.share) * near[col.near] +
                                  col.share * near[col.far]) +
               row.share *
                   ((1 - col.share) * far[col.near] + col.share * far[col.far]);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    bottoms[0]->diff.Zero();
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    ForEachPixel(
        [=](int64_t plane, int64_t out, const Blend& row, const Blend& col) {
          float* near = dx + (plane + row.near) * width_;
          float* far = dx + (plane + row.far) * width_;
          const float upper = (1 - row.share) * dy[out];
          const float lower = row.share * dy[out];
          near[col.near] += (1 - col.share) * upper;
          near[col.far] += col.share * upper;
          far[col.near] += (1 - col.share) * lower;
          far[col.far] += col.share * lower;
        });
  }

 private:
  // Calls body(first row of the plane, element of the top, row, column) for
  // each element of the top, a plane at a time.
  template <typename Body>
  void ForEachPixel(Body body) const {
    const int64_t pixels = int64_t{rows_.count} * cols_.count;
    ParallelFor(planes_, pixels * 2., [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        int64_t out = p * pixels;
        for (int row = 0; row < rows_.count; ++row) {
          for (int col = 0; col < cols_.count; ++col) {
            body(p * height_, out++, rows_[row], cols_[col]);
          }
        }
      }
    });
  }
};

const RegisterLayer<InterpCpu> kInterpCpu("Interp", Device::kCpu);

}  // namespace
}  // namespace doppio
