#include "layers/reorder.h"

#include "device/onednn.h"

namespace doppio {

namespace {

void Bring(const Context& context, const Tensor& from, Tensor* to) {
  if (from.device() == Device::kCpu && to->device() == Device::kCpu) {
    CopyLayout(context, from, to);
  } else {
    to->CopyFrom(from);
  }
}

}  // namespace

void Reorder::Forward(const Blobs& bottoms, const Blobs& tops) {
  if (uploads_) {
    if (!upload_) upload_ = OpenUpload();
    upload_->Bring(bottoms[0]->data, &tops[0]->data);
  } else {
    Bring(context(), bottoms[0]->data, &tops[0]->data);
  }
}

void Reorder::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (propagate_down(0)) {
    Bring(context(), tops[0]->diff, &bottoms[0]->diff);
  }
}

}  // namespace doppio
