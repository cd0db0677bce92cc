#include "layers/tile.h"

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/copy_rows.h"

namespace doppio {

Tile::Tile(const LayerParameter& param, const Context& context)
    : Layer(param, context), tiles_(param.tile_param().tiles()) {
  Require(tiles_ >= 1, "tile_param has tiles: ", tiles_,
          "; give the number of copies, at least 1");
}

LayerTraits Tile::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Tile::Reshape(const Shapes& bottoms) {
  Shape top = bottoms[0];
  const int axis = top.Axis(param_.tile_param().axis());
  rows_ = top.count(0, axis);
  length_ = top.count(axis);
  top[axis] *= tiles_;
  return {top};
}

namespace {

class TileCpu final : public Tile {
 public:
  using Tile::Tile;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    for (int t = 0; t < tiles_; ++t) {
      CopyRows(rows_, length_, x, length_, y + t * length_, tiles_ * length_);
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    ParallelFor(rows_, double(tiles_) * length_,
                [=](int64_t begin, int64_t end) {
                  for (int64_t r = begin; r < end; ++r) {
                    SumTiles(dy + r * tiles_ * length_, dx + r * length_);
                  }
                });
  }

 private:
  void SumTiles(const float* dy, float* dx) const {
    std::copy_n(dy, length_, dx);
    for (int t = 1; t < tiles_; ++t) {
#pragma omp simd
      for (int64_t i = 0; i < length_; ++i) dx[i] += dy[t * length_ + i];
    }
  }
};

const RegisterLayer<TileCpu> kTileCpu("Tile", Device::kCpu);

}  // namespace
}  // namespace doppio
