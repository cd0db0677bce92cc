#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/room.h"
#include "layers/upsample.h"

namespace doppio {
namespace {

// For each pixel the number, counted from 1, of the last value of its plane
// that falls there. `last` holds zeros before.
void FindLast(int64_t planes, int64_t inputs, int64_t outputs,
              const float* mask, int32_t* last) {
  ForEach(Stream(), planes * inputs, [=] __device__(int64_t i) {
    const int64_t pixel = i / inputs * outputs + static_cast<int64_t>(mask[i]);
    atomicMax(last + pixel, static_cast<int32_t>(i % inputs) + 1);
  });
}

void PlaceLast(int64_t planes, int64_t inputs, int64_t outputs,
               const int32_t* last, const float* x, float* y) {
  ForEach(Stream(), planes * outputs, [=] __device__(int64_t i) {
    y[i] = last[i] == 0 ? 0 : x[i / outputs * inputs + last[i] - 1];
  });
}

void Gradient(int64_t planes, int64_t inputs, int64_t outputs,
              const float* mask, const float* dy, float* dx) {
  ForEach(Stream(), planes * inputs, [=] __device__(int64_t i) {
    dx[i] = dy[i / inputs * outputs + static_cast<int64_t>(mask[i])];
  });
}

void Copy(int64_t planes, int64_t inputs, int64_t outputs,
          const NearestCopies& copies, const float* x, float* y) {
  ForEach(Stream(), planes * outputs, [=] __device__(int64_t i) {
    y[i] = x[i / outputs * inputs + copies.From(i % outputs)];
  });
}

void SumCopies(int64_t planes, int64_t inputs, int64_t outputs,
               const NearestCopies& copies, const float* dy, float* dx) {
  ForEach(Stream(), planes * inputs, [=] __device__(int64_t i) {
    dx[i] = copies.Sum(dy + i / inputs * outputs, i % inputs);
  });
}

class UpsampleCuda final : public Upsample {
 public:
  using Upsample::Upsample;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (!has_mask()) {
      return Copy(planes_, inputs_, outputs_, copies(), bottoms[0]->data.data(),
                  tops[0]->data.data());
    }
    const Tensor& mask = bottoms[1]->data;
    // CheckMask says which value is none.
    if (!check_.AllAreClasses(mask.count(), ReadAgain(mask, outputs_, {}))) {
      CheckMask(mask.ToVector().data());
    }
    Room(planes_ * outputs_, Device::kCuda, &last_);
    last_.Zero();
    auto* last = static_cast<int32_t*>(last_.storage());
    FindLast(planes_, inputs_, outputs_, mask.data(), last);
    PlaceLast(planes_, inputs_, outputs_, last, bottoms[0]->data.data(),
              tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    if (!has_mask()) {
      return SumCopies(planes_, inputs_, outputs_, copies(),
                       tops[0]->diff.data(), bottoms[0]->diff.data());
    }
    Gradient(planes_, inputs_, outputs_, bottoms[1]->data.data(),
             tops[0]->diff.data(), bottoms[0]->diff.data());
  }

 private:
  Tensor last_;  // which value each pixel gets, as integers
  CudaLabelCheck check_;
};

const RegisterLayer<UpsampleCuda> kUpsampleCuda("Upsample", Device::kCuda);

}  // namespace
}  // namespace doppio
