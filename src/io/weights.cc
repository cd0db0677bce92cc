#include "io/weights.h"

#include <utility>

#include "io/binary_proto.h"
#include "io/file.h"
#include "io/hdf5.h"
#include "io/upgrade_layers.h"
#include "io/weights_hdf5.h"

namespace doppio {

NetParameter ReadWeights(const std::string& path) {
  if (IsHdf5(path)) return ReadHdf5Weights(path);
  NetParameter net;
  ReadBinaryProto(path, &net, "weights");
  if (net.layers_size() == 0) return net;
  NetSource source;
  source.file = path;
  source.net.Swap(&net);
  source.layer_lines.resize(source.net.layers_size());
  UpgradeFirstFormat(&source);
  UpgradeSecondFormat(&source);
  return std::move(source.net);
}

void WriteWeights(const std::string& path, const NetParameter& net) {
  if (EndsWith(path, ".h5")) return WriteHdf5Weights(path, net);
  WriteBinaryProto(path, net);
}

}  // namespace doppio
