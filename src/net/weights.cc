#include <deque>
#include <map>

#include "doppio/error.h"
#include "doppio/net.h"
#include "io/blob_proto.h"

namespace doppio {
namespace {

// Old files pad every blob to four axes in front: 1 x 1 x 1 x 10 for a bias.
std::vector<int> WithoutLeadingOnes(const Shape& shape) {
  std::vector<int> extents = shape.extents();
  while (!extents.empty() && extents.front() == 1) {
    extents.erase(extents.begin());
  }
  return extents;
}

void CopyInto(const BlobProto& from, size_t index, Parameter* param) {
  const Shape shape = ShapeOf(from);
  Require(WithoutLeadingOnes(shape) == WithoutLeadingOnes(param->shape),
          "its parameter ", index, " has shape ", param->shape,
          ", but that of the weights has shape ", shape,
          "; to learn this layer from scratch, rename it");
  const std::vector<float> values = ValuesOf(from);
  Require(static_cast<int64_t>(values.size()) == param->shape.count(),
          "parameter ", index, " of the weights has ", values.size(),
          " values for the shape ", shape);
  param->blob.data.CopyFrom(values);
}

}  // namespace

std::vector<std::string> Net::CopyWeights(const NetParameter& weights) {
  // Where several layers have one name, they take theirs in order.
  std::map<std::string, std::deque<const LayerParameter*>> sources;
  for (const LayerParameter& layer : weights.layer()) {
    sources[layer.name()].push_back(&layer);
  }
  std::vector<std::string> taken;
  for (const Step& step : steps_) {
    const auto found = sources.find(step.layer->name());
    if (step.inserted || found == sources.end()) continue;
    const LayerParameter& source = *found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    std::vector<Parameter>& params = step.layer->params();
    try {
      Require(source.blobs_size() == static_cast<int>(params.size()), "has ",
              params.size(), " parameters, but the weights hold ",
              source.blobs_size(),
              "; to learn this layer from scratch, rename it");
      for (size_t i = 0; i < params.size(); ++i) {
        CopyInto(source.blobs(i), i, &params[i]);
      }
    } catch (Error& error) {
      throw error.Prefix(step.location);
    }
    if (!params.empty()) taken.push_back(step.layer->name());
  }
  return taken;
}

NetParameter Net::ToProto() const {
  NetParameter net = param_;
  int next = 0;
  for (const Step& step : steps_) {
    if (step.inserted) continue;
    LayerParameter* layer = net.mutable_layer(next++);
    layer->clear_blobs();
    for (const Parameter& param : step.layer->params()) {
      doppio::ToProto(param.blob.data, layer->add_blobs());
    }
  }
  return net;
}

}  // namespace doppio
