#include "net/fold_batch_norm.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "io/blob_proto.h"

namespace doppio {
namespace {

// y = factor * x + summand, one of each per channel.
struct Affine {
  std::vector<float> factor, summand;
};

Affine OfBatchNorm(const LayerParameter& layer) {
  const std::vector<float> mean = ValuesOf(layer.blobs(0));
  const std::vector<float> variance = ValuesOf(layer.blobs(1));
  const float sum = ValuesOf(layer.blobs(2))[0];
  const double weight = sum == 0 ? 0 : 1.0 / sum;
  const double eps = layer.batch_norm_param().eps();
  Affine affine;
  for (size_t c = 0; c < mean.size(); ++c) {
    const double factor = 1 / std::sqrt(variance[c] * weight + eps);
    affine.factor.push_back(static_cast<float>(factor));
    affine.summand.push_back(static_cast<float>(-mean[c] * weight * factor));
  }
  return affine;
}

Affine OfScale(const LayerParameter& layer) {
  Affine affine;
  affine.factor = ValuesOf(layer.blobs(0));
  affine.summand.resize(affine.factor.size());
  if (layer.blobs_size() > 1) affine.summand = ValuesOf(layer.blobs(1));
  return affine;
}

Affine OfBias(const LayerParameter& layer) {
  const std::vector<float> bias = ValuesOf(layer.blobs(0));
  return {std::vector<float>(bias.size(), 1), bias};
}

bool UsesBatch(const BatchNormParameter& param) {
  return param.has_use_global_stats() && !param.use_global_stats();
}

bool SharesParameters(const LayerParameter& layer) {
  return std::any_of(
      layer.param().begin(), layer.param().end(),
      [](const ParamSpec& spec) { return !spec.name().empty(); });
}

bool OneToOne(const LayerParameter& layer) {
  return layer.bottom_size() == 1 && layer.top_size() == 1 &&
         layer.loss_weight_size() == 0;
}

// What the layer does to `channels` channels, if it is only that.
std::optional<Affine> AffineOf(const LayerParameter& layer, size_t channels) {
  if (!OneToOne(layer)) return std::nullopt;
  const ScaleParameter& scale = layer.scale_param();
  const BiasParameter& bias = layer.bias_param();
  std::optional<Affine> affine;
  if (layer.type() == "BatchNorm" && layer.blobs_size() == 3 &&
      !UsesBatch(layer.batch_norm_param())) {
    affine = OfBatchNorm(layer);
  } else if (layer.type() == "Scale" && layer.blobs_size() > 0 &&
             scale.axis() == 1 && scale.num_axes() == 1) {
    affine = OfScale(layer);
  } else if (layer.type() == "Bias" && layer.blobs_size() > 0 &&
             bias.axis() == 1 && bias.num_axes() == 1) {
    affine = OfBias(layer);
  }
  const bool fits = affine && affine->factor.size() == channels &&
                    affine->summand.size() == channels;
  return fits ? affine : std::nullopt;
}

// Whether each row of the weights, and each bias, belongs to a channel.
bool TakesAffine(const LayerParameter& layer) {
  if (!OneToOne(layer) || SharesParameters(layer) || layer.blobs_size() == 0) {
    return false;
  }
  const InnerProductParameter& product = layer.inner_product_param();
  return (layer.type() == "Convolution" &&
          layer.convolution_param().axis() == 1) ||
         (layer.type() == "InnerProduct" && product.axis() == 1 &&
          !product.transpose());
}

size_t ChannelsOf(const LayerParameter& layer) {
  return layer.type() == "Convolution"
             ? layer.convolution_param().num_output()
             : layer.inner_product_param().num_output();
}

void Apply(const Affine& affine, LayerParameter* layer) {
  const size_t channels = affine.factor.size();
  BlobProto* weights = layer->mutable_blobs(0);
  std::vector<float> values = ValuesOf(*weights);
  const size_t row = values.size() / channels;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] *= affine.factor[i / row];
  }
  ToProto(Tensor(ShapeOf(*weights), values), weights);
  std::vector<float> bias(channels);
  if (layer->blobs_size() > 1) bias = ValuesOf(layer->blobs(1));
  for (size_t c = 0; c < channels; ++c) {
    bias[c] = bias[c] * affine.factor[c] + affine.summand[c];
  }
  if (layer->blobs_size() == 1) layer->add_blobs();
  ToProto(Tensor(Shape{static_cast<int>(channels)}, bias),
          layer->mutable_blobs(1));
  if (layer->type() == "Convolution") {
    layer->mutable_convolution_param()->set_bias_term(true);
  } else {
    layer->mutable_inner_product_param()->set_bias_term(true);
  }
}

bool Has(const google::protobuf::RepeatedPtrField<std::string>& names,
         const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The layer after `layer` that reads its top, if no other does; else -1.
int OnlyReader(const NetParameter& net, int layer) {
  const std::string& blob = net.layer(layer).top(0);
  int reader = -1;
  for (int i = layer + 1; i < net.layer_size(); ++i) {
    if (Has(net.layer(i).bottom(), blob)) {
      if (reader >= 0) return -1;
      reader = i;
    }
    if (Has(net.layer(i).top(), blob)) break;  // another blob from here on
  }
  return reader;
}

// Merges one layer into number `layer`; false if there is none to merge.
bool FoldNext(NetParameter* net, int layer) {
  const int reader = OnlyReader(*net, layer);
  if (reader < 0) return false;
  LayerParameter* target = net->mutable_layer(layer);
  const auto affine = AffineOf(net->layer(reader), ChannelsOf(*target));
  if (!affine) return false;
  Apply(*affine, target);
  target->set_top(0, net->layer(reader).top(0));
  net->mutable_layer()->DeleteSubrange(reader, 1);
  return true;
}

}  // namespace

NetParameter FoldBatchNorm(const NetParameter& net) {
  NetParameter folded = net;
  for (int i = 0; i < folded.layer_size(); ++i) {
    while (TakesAffine(folded.layer(i)) && FoldNext(&folded, i)) {
    }
  }
  return folded;
}

std::unique_ptr<Net> FoldBatchNorm(const Net& net, const std::string& file,
                                   const Context& context,
                                   const Net::Options& options) {
  NetSource source;
  source.net = FoldBatchNorm(net.ToProto());
  source.file = file;
  source.layer_lines.resize(source.net.layer_size());
  auto folded = std::make_unique<Net>(source, context, options);
  folded->CopyWeights(source.net);
  return folded;
}

}  // namespace doppio
