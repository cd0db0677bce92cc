#include "layers/lstm_unit.h"

#include <vector>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/lstm_cell.h"
#include "layers/shared/room.h"

namespace doppio {

LayerTraits LstmUnit::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 3;
  t.min_tops = t.max_tops = 2;
  return t;
}

Shapes LstmUnit::Reshape(const Shapes& bottoms) {
  const Shape& c = bottoms[0];
  Require(c.axes() == 3 && c[0] == 1,
          "needs a first bottom of 1 x sequences x cells, not ", c);
  streams_ = c[1];
  cells_ = c[2];
  const Shape z = {1, streams_, 4 * cells_};
  Require(bottoms[1] == z, "a first bottom of ", c, " needs a second of ", z,
          ", not ", bottoms[1]);
  const Shape cont = {1, streams_};
  Require(bottoms[2] == cont, "a first bottom of ", c, " needs a third of ",
          cont, ", not ", bottoms[2]);
  return {c, c};
}

float* LstmUnit::Target(int bottom, Blob* blob, Tensor* unwanted) const {
  if (propagate_down(bottom)) return blob->diff.data();
  return Room(blob->data.count(), device(), unwanted);
}

namespace {

class LstmUnitCpu final : public LstmUnit {
 public:
  using LstmUnit::LstmUnit;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* gates = Room(bottoms[1]->data.count(), device(), &gates_);
    LstmForward(streams_, cells_, bottoms[2]->data.data(),
                bottoms[1]->data.data(), bottoms[0]->data.data(), gates,
                tops[0]->data.data(), tops[1]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0) && !propagate_down(1)) return;
    LstmBackward(streams_, cells_, bottoms[2]->data.data(), gates_.data(),
                 bottoms[0]->data.data(), tops[0]->data.data(),
                 tops[0]->diff.data(), tops[1]->diff.data(),
                 Target(1, bottoms[1], &unwanted_z_),
                 Target(0, bottoms[0], &unwanted_c_));
  }
};

const RegisterLayer<LstmUnitCpu> kLstmUnitCpu("LSTMUnit", Device::kCpu);

}  // namespace
}  // namespace doppio
