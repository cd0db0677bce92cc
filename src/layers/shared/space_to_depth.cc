#include "layers/shared/space_to_depth.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "device/bf16.h"

namespace doppio {
namespace {

constexpr int kCell = 4;              // pixels, both ways
constexpr int kArea = kCell * kCell;  // channels that become of one
constexpr int kMostChannels = 4;      // more fill vectors by themselves
constexpr double kMostWork = 1.5;     // times the multiplications

int Cells(int pixels) { return (pixels + kCell - 1) / kCell; }

// N x C x H x W, stored as N x C x rows x columns of cells.
class CellLayout final : public Layout {
 public:
  CellLayout(const Shape& shape, const Shape& cells, std::vector<int> pad,
             bool bf16)
      : shape_(shape), cells_(cells), pad_(std::move(pad)), bf16_(bf16) {}

  size_t bytes() const override {
    return cells_.count() * (bf16_ ? sizeof(Bf16) : sizeof(float));
  }
  std::string name() const override {
    return bf16_ ? "cells4x4 bf16" : "cells4x4";
  }
  bool padded() const override { return true; }
  bool Equals(const Layout& other) const override {
    const auto* o = dynamic_cast<const CellLayout*>(&other);
    return o != nullptr && o->shape_ == shape_ && o->cells_ == cells_ &&
           o->pad_ == pad_ && o->bf16_ == bf16_;
  }

  void FromPlain(const float* plain, void* storage) const override {
    if (bf16_) {
      FromPlain(plain, static_cast<Bf16*>(storage));
    } else {
      FromPlain(plain, static_cast<float*>(storage));
    }
  }
  void ToPlain(const void* storage, float* plain) const override {
    if (bf16_) {
      ToPlain(static_cast<const Bf16*>(storage), plain);
    } else {
      ToPlain(static_cast<const float*>(storage), plain);
    }
  }

 private:
  int rows() const { return cells_[2]; }
  int columns() const { return cells_[3]; }
  // Of the pixels in a line of cells: as many as are both in it and in the
  // image.
  int InLine() const {
    return std::min(shape_[3], columns() * kCell - pad_[1]);
  }

  template <typename Element>
  void FromPlain(const float* plain, Element* storage) const {
    const int line = columns() * kCell;
#pragma omp parallel
    {
      std::vector<Element> lines(kCell * line);
#pragma omp for collapse(2) schedule(static)
      for (int64_t i = 0; i < shape_.count(0, 2); ++i) {
        for (int row = 0; row < rows(); ++row) {
          for (int a = 0; a < kCell; ++a) {
            LoadLine(plain + i * shape_.count(2), row * kCell + a - pad_[0],
                     lines.data() + a * line);
          }
          Element* to = storage + (i * rows() + row) * columns() * kArea;
          for (int x = 0; x < line; x += kCell) {
            for (int a = 0; a < kCell; ++a, to += kCell) {
              std::memcpy(to, lines.data() + a * line + x,
                          kCell * sizeof(Element));
            }
          }
        }
      }
    }
  }

  // A line of an image between zeros, or zeros beyond its edges.
  template <typename Element>
  void LoadLine(const float* image, int y, Element* line) const {
    Element* const to = line + pad_[1];
    if (y < 0 || y >= shape_[2]) {
      std::fill(to, to + InLine(), Element(0));
      return;
    }
    const float* const from = image + int64_t{y} * shape_[3];
    const int count = InLine();
#pragma omp simd
    for (int x = 0; x < count; ++x) to[x] = from[x];
  }

  // Pixels that no window reaches are not kept: they come back as zeros.
  template <typename Element>
  void ToPlain(const Element* storage, float* plain) const {
    std::fill(plain, plain + shape_.count(), 0.f);
    for (int64_t i = 0; i < shape_.count(0, 2); ++i) {
      float* const image = plain + i * shape_.count(2);
      for (int y = 0; y < std::min(shape_[2], rows() * kCell - pad_[0]); ++y) {
        for (int x = 0; x < InLine(); ++x) {
          const int cy = y + pad_[0], cx = x + pad_[1];
          const int64_t cell =
              (i * rows() + cy / kCell) * columns() + cx / kCell;
          image[int64_t{y} * shape_[3] + x] =
              storage[cell * kArea + cy % kCell * kCell + cx % kCell];
        }
      }
    }
  }

  const Shape shape_, cells_;
  const std::vector<int> pad_;
  const bool bf16_;
};

}  // namespace

bool SpaceToDepth::Fits(const Window& window, const Shape& source,
                        const Shape& weights) {
  if (window.axes() != 2 || source.axes() != 4 || weights.axes() != 4 ||
      window.stride != std::vector<int>{kCell, kCell} ||
      window.dilation != std::vector<int>{1, 1} || source[1] > kMostChannels) {
    return false;
  }
  const int area = window.kernel[0] * window.kernel[1];
  return Cells(window.kernel[0]) * Cells(window.kernel[1]) * kArea <=
         kMostWork * area;
}

SpaceToDepth::SpaceToDepth(const Window& window, const Shape& source,
                           const Shape& weights, const Shape& target)
    : given_window_(window), given_source_(source), given_weights_(weights) {
  const int channels = source[1] * kArea;
  const int high = Cells(window.kernel[0]), wide = Cells(window.kernel[1]);
  window_ = {{high, wide}, {1, 1}, {0, 0}, {1, 1}};
  source_ = {source[0], channels, target[2] + high - 1, target[3] + wide - 1};
  weights_ = {weights[0], channels, high, wide};
}

LayoutPtr SpaceToDepth::SourceLayout(bool bf16) const {
  return std::make_shared<CellLayout>(given_source_, source_, given_window_.pad,
                                      bf16);
}

template <typename Visit>
void SpaceToDepth::ForWeights(Visit visit) const {
  const int kernel_h = given_weights_[2], kernel_w = given_weights_[3];
  const int64_t filters = given_weights_.count(0, 2);
  int64_t given = 0;
  for (int64_t f = 0; f < filters; ++f) {
    for (int y = 0; y < kernel_h; ++y) {
      for (int x = 0; x < kernel_w; ++x, ++given) {
        const int64_t channel = f * kArea + y % kCell * kCell + x % kCell;
        visit(given,
              (channel * weights_[2] + y / kCell) * weights_[3] + x / kCell);
      }
    }
  }
}

void SpaceToDepth::FoldWeights(const float* given, float* folded) const {
  std::fill(folded, folded + weights_.count(), 0.f);
  ForWeights([&](int64_t g, int64_t f) { folded[f] = given[g]; });
}

void SpaceToDepth::UnfoldWeights(const float* folded, bool add,
                                 float* given) const {
  ForWeights([&](int64_t g, int64_t f) {
    given[g] = folded[f] + (add ? given[g] : 0);
  });
}

}  // namespace doppio
