#include "layers/reorder.h"

#include "device/onednn.h"

namespace doppio {

void Reorder::Forward(const Blobs& bottoms, const Blobs& tops) {
  doppio::Reorder(context(), bottoms[0]->data, &tops[0]->data);
}

void Reorder::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (propagate_down(0)) {
    doppio::Reorder(context(), tops[0]->diff, &bottoms[0]->diff);
  }
}

}  // namespace doppio
