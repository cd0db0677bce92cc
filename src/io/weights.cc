#include "io/weights.h"

#include <utility>

#include "io/binary_proto.h"
#include "io/upgrade.h"

namespace doppio {
namespace {

// Blobs are moved, as they may be large.
void MoveOldLayer(V1LayerParameter* old, LayerParameter* layer) {
  if (old->has_layer()) {  // the very first format
    layer->set_name(old->layer().name());
    layer->set_type(TypeOfOldName(old->layer().type()));
    layer->mutable_blobs()->Swap(old->mutable_layer()->mutable_blobs());
  } else {
    layer->set_name(old->name());
    layer->set_type(TypeOfOldLayer(old->type()));
    layer->mutable_blobs()->Swap(old->mutable_blobs());
  }
}

}  // namespace

NetParameter ReadWeights(const std::string& path) {
  NetParameter net;
  ReadBinaryProto(path, &net, "weights");
  for (V1LayerParameter& old : *net.mutable_layers()) {
    MoveOldLayer(&old, net.add_layer());
  }
  net.clear_layers();
  return net;
}

void WriteWeights(const std::string& path, const NetParameter& net) {
  WriteBinaryProto(path, net);
}

}  // namespace doppio
