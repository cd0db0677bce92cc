#include "doppio/layer_registry.h"
#include "layers/lstm_unit.h"
#include "layers/shared/lstm_cell.cuh"
#include "layers/shared/room.h"

namespace doppio {
namespace {

class LstmUnitCuda final : public LstmUnit {
 public:
  using LstmUnit::LstmUnit;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* gates = Room(bottoms[1]->data.count(), device(), &gates_);
    CudaLstmForward(streams_, cells_, bottoms[2]->data.data(),
                    bottoms[1]->data.data(), bottoms[0]->data.data(), gates,
                    tops[0]->data.data(), tops[1]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0) && !propagate_down(1)) return;
    CudaLstmBackward(streams_, cells_, bottoms[2]->data.data(), gates_.data(),
                     bottoms[0]->data.data(), tops[0]->data.data(),
                     tops[0]->diff.data(), tops[1]->diff.data(),
                     Target(1, bottoms[1], &unwanted_z_),
                     Target(0, bottoms[0], &unwanted_c_));
  }
};

const RegisterLayer<LstmUnitCuda> kLstmUnitCuda("LSTMUnit", Device::kCuda);

}  // namespace
}  // namespace doppio
