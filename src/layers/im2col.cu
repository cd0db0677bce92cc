#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/im2col.h"
#include "layers/shared/columns.cuh"

namespace doppio {
namespace {

class Im2colCuda final : public Im2col {
 public:
  using Im2col::Im2col;

  Shapes Reshape(const Shapes& bottoms) override {
    const Shapes tops = Im2col::Reshape(bottoms);
    Require(window_.axes() <= ColumnGeometry::kAxes, "a bottom of ", bottoms[0],
            " has ", window_.axes(), " spatial axes; on the GPU ", "at most ",
            ColumnGeometry::kAxes, " can be");
    return tops;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    CudaToColumns(geometry(), 1, bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    CudaFromColumns(geometry(), 1, tops[0]->diff.data(),
                    bottoms[0]->diff.data());
  }

 private:
  // All planes as the channels of one image.
  ColumnGeometry geometry() const {
    std::vector<int> source = {1, static_cast<int>(planes_)}, target = source;
    for (int axis = 0; axis < window_.axes(); ++axis) {
      source.push_back(image_[axis]);
      target.push_back(places_[axis]);
    }
    return {window_, Shape(source), Shape(target)};
  }
};

const RegisterLayer<Im2colCuda> kIm2colCuda("Im2col", Device::kCuda);

}  // namespace
}  // namespace doppio
