#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/tile.h"

namespace doppio {
namespace {

void CopyTiles(int64_t rows, int tiles, int64_t length, const float* x,
               float* y) {
  ForEach(Stream(), rows * tiles * length, [=] __device__(int64_t i) {
    y[i] = x[i / length / tiles * length + i % length];
  });
}

void SumTiles(int64_t rows, int tiles, int64_t length, const float* dy,
              float* dx) {
  ForEach(Stream(), rows * length, [=] __device__(int64_t i) {
    const float* first = dy + i / length * tiles * length + i % length;
    float sum = 0;
    for (int t = 0; t < tiles; ++t) sum += first[t * length];
    dx[i] = sum;
  });
}

class TileCuda final : public Tile {
 public:
  using Tile::Tile;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    CopyTiles(rows_, tiles_, length_, bottoms[0]->data.data(),
              tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    SumTiles(rows_, tiles_, length_, tops[0]->diff.data(),
             bottoms[0]->diff.data());
  }
};

const RegisterLayer<TileCuda> kTileCuda("Tile", Device::kCuda);

}  // namespace
}  // namespace doppio
