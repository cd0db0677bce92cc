#include "layers/lstm_unit.h"

#include <vector>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/lstm_cell.h"

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

namespace {

class LstmUnitCpu final : public LstmUnit {
 public:
  using LstmUnit::LstmUnit;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    gates_.resize(bottoms[1]->data.count());
    const float* c_before = bottoms[0]->data.data();
    const float* z = bottoms[1]->data.data();
    const float* cont = bottoms[2]->data.data();
    float* gates = gates_.data();
    float* c = tops[0]->data.data();
    float* h = tops[1]->data.data();
    ForEachSequence([=](int64_t s, int64_t n) {
      LstmForward(n, cont[s], z + s * 4 * n, c_before + s * n,
                  gates + s * 4 * n, c + s * n, h + s * n);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0) && !propagate_down(1)) return;
    const float* c_before = bottoms[0]->data.data();
    const float* cont = bottoms[2]->data.data();
    const float* gates = gates_.data();
    const float* c = tops[0]->data.data();
    const float* dc = tops[0]->diff.data();
    const float* dh = tops[1]->diff.data();
    float* dz = Target(1, bottoms[1], &unwanted_z_);
    float* dc_before = Target(0, bottoms[0], &unwanted_c_);
    ForEachSequence([=](int64_t s, int64_t n) {
      LstmBackward(n, cont[s], gates + s * 4 * n, c_before + s * n, c + s * n,
                   dc + s * n, dh + s * n, dz + s * 4 * n, dc_before + s * n);
    });
  }

 private:
  template <typename Body>
  void ForEachSequence(Body body) const {
    const int64_t n = cells_;
    ParallelFor(streams_, n * 4., [=](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) body(s, n);
    });
  }

  // Where a bottom's diff goes: a buffer if nobody wants it.
  float* Target(int bottom, Blob* blob, std::vector<float>* unwanted) const {
    if (propagate_down(bottom)) return blob->diff.data();
    unwanted->resize(blob->data.count());
    return unwanted->data();
  }

  std::vector<float> gates_, unwanted_z_, unwanted_c_;
};

const RegisterLayer<LstmUnitCpu> kLstmUnitCpu("LSTMUnit", Device::kCpu);

}  // namespace
}  // namespace doppio
