#include "io/weights_hdf5.h"

#include <google/protobuf/text_format.h>

#include <map>
#include <memory>

#include "doppio/error.h"
#include "io/blob_proto.h"
#include "io/file.h"
#include "io/hdf5.h"

namespace doppio {
namespace {

using google::protobuf::TextFormat;

constexpr char kNet[] = "doppio";

// The blobs of the layers below a group. A layer whose name has slashes lies
// several groups deep.
void ReadLayers(const Hdf5Reader& file, const std::string& group,
                const std::string& name,
                std::map<std::string, LayerParameter>* layers) {
  if (!name.empty() && !file.DataSets(group).empty()) {
    LayerParameter& layer = (*layers)[name];
    layer.set_name(name);
    for (int k = 0;; ++k) {
      const std::string blob = group + "/" + std::to_string(k);
      if (!file.Has(blob)) break;
      const Array array = file.Read(blob);
      ToProto(Tensor(array.shape, array.values), layer.add_blobs());
    }
  }
  for (const std::string& inner : file.Groups(group)) {
    ReadLayers(file, group + "/" + inner,
               name.empty() ? inner : name + "/" + inner, layers);
  }
}

void WriteLayer(const LayerParameter& layer, Hdf5Writer* file) {
  if (layer.name().empty() && layer.blobs_size() == 0) return;
  Require(!layer.name().empty(), "a layer without a name has parameters; HDF5 ",
          "files need a name for it");
  file->MakeGroup("data/" + layer.name());
  for (int k = 0; k < layer.blobs_size(); ++k) {
    const BlobProto& blob = layer.blobs(k);
    const std::string name = layer.name() + "/" + std::to_string(k);
    file->Write("data/" + name, ShapeOf(blob), ValuesOf(blob).data());
    const std::vector<float> diffs = DiffsOf(blob);
    if (diffs.empty()) continue;
    file->Write("diff/" + name, ShapeOf(blob), diffs.data());
  }
}

}  // namespace

NetParameter ReadHdf5Weights(const std::string& path) {
  const std::unique_ptr<Hdf5Reader> file = OpenHdf5(path);
  Require(
      file->Has("data"), "weights ", path,
      " has no group \"data\", in which the layers of a .caffemodel.h5 are");
  std::map<std::string, LayerParameter> layers;
  ReadLayers(*file, "data", "", &layers);
  NetParameter net;
  if (file->Has(kNet)) {
    Require(TextFormat::ParseFromString(file->ReadText(kNet), &net), "weights ",
            path, ": its text \"doppio\" is no net; the file is damaged");
  }
  for (LayerParameter& layer : *net.mutable_layer()) {
    const auto found = layers.find(layer.name());
    if (found == layers.end()) continue;
    layer.mutable_blobs()->Swap(found->second.mutable_blobs());
    layers.erase(found);
  }
  for (auto& entry : layers) net.add_layer()->Swap(&entry.second);
  return net;
}

void WriteHdf5Weights(const std::string& path, const NetParameter& net) {
  const std::unique_ptr<Hdf5Writer> file = NewHdf5();
  file->MakeGroup("data");
  NetParameter bare = net;
  for (LayerParameter& layer : *bare.mutable_layer()) layer.clear_blobs();
  std::string text;
  TextFormat::PrintToString(bare, &text);
  for (const LayerParameter& layer : net.layer()) WriteLayer(layer, file.get());
  file->WriteText(kNet, text);
  WriteFileAtomically(path, file->Finish());
}

}  // namespace doppio
