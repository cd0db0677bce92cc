#include <glog/logging.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <map>
#include <string>

#include "core/edit_distance.h"
#include "doppio/error.h"
#include "io/upgrade_layers.h"

namespace doppio {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using V1 = V1LayerParameter;

struct Type {
  V1::LayerType today;
  const char* settings;  // where they lie now; "" if it has none
};

const std::map<std::string, Type>& Types() {
  static const std::map<std::string, Type> kTypes = {
      {"accuracy", {V1::ACCURACY, ""}},
      {"bnll", {V1::BNLL, ""}},
      {"concat", {V1::CONCAT, "concat_param"}},
      {"conv", {V1::CONVOLUTION, "convolution_param"}},
      {"data", {V1::DATA, "data_param"}},
      {"dropout", {V1::DROPOUT, "dropout_param"}},
      {"euclidean_loss", {V1::EUCLIDEAN_LOSS, ""}},
      {"flatten", {V1::FLATTEN, ""}},
      {"hdf5_data", {V1::HDF5_DATA, "hdf5_data_param"}},
      {"hdf5_output", {V1::HDF5_OUTPUT, "hdf5_output_param"}},
      {"im2col", {V1::IM2COL, "convolution_param"}},
      {"images", {V1::IMAGE_DATA, "image_data_param"}},
      {"infogain_loss", {V1::INFOGAIN_LOSS, "infogain_loss_param"}},
      {"innerproduct", {V1::INNER_PRODUCT, "inner_product_param"}},
      {"lrn", {V1::LRN, "lrn_param"}},
      {"multinomial_logistic_loss", {V1::MULTINOMIAL_LOGISTIC_LOSS, ""}},
      {"pool", {V1::POOLING, "pooling_param"}},
      {"relu", {V1::RELU, ""}},
      {"sigmoid", {V1::SIGMOID, ""}},
      {"softmax", {V1::SOFTMAX, ""}},
      {"softmax_loss", {V1::SOFTMAX_LOSS, ""}},
      {"split", {V1::SPLIT, ""}},
      {"tanh", {V1::TANH, ""}},
      {"window_data", {V1::WINDOW_DATA, "window_data_param"}},
  };
  return kTypes;
}

// Fields whose name has changed, and those of every type's transform_param.
const std::map<std::string, std::string>& NewNames() {
  static const std::map<std::string, std::string> kNames = {
      {"batchsize", "batch_size"},        {"biasterm", "bias_term"},
      {"cropsize", "crop_size"},          {"det_bg_threshold", "bg_threshold"},
      {"det_context_pad", "context_pad"}, {"det_crop_mode", "crop_mode"},
      {"det_fg_fraction", "fg_fraction"}, {"det_fg_threshold", "fg_threshold"},
      {"kernelsize", "kernel_size"},      {"meanfile", "mean_file"},
      {"shuffle_images", "shuffle"},
  };
  return kNames;
}

bool IsOfTransform(const std::string& field) {
  return field == "scale" || field == "meanfile" || field == "cropsize" ||
         field == "mirror";
}

// Sets, or adds to, a field by the same value; enums go by their names.
void CopyValue(const Message& from, const FieldDescriptor* field, Message* to,
               const FieldDescriptor* target) {
  if (field->message_type() != nullptr) {
    to->GetReflection()
        ->MutableMessage(to, target)
        ->CopyFrom(from.GetReflection()->GetMessage(from, field));
    return;
  }
  std::string value;
  TextFormat::PrintFieldValueToString(from, field, -1, &value);
  CHECK(TextFormat::ParseFieldValueFromString(value, target, to)) << value;
}

Message* Submessage(Message* message, const std::string& name) {
  const FieldDescriptor* field =
      message->GetDescriptor()->FindFieldByName(name);
  return field == nullptr
             ? nullptr
             : message->GetReflection()->MutableMessage(message, field);
}

// One setting of the flat message. As in Caffe, those that mean nothing to the
// layer's type do no harm.
void MoveSetting(const V0LayerParameter& old, const FieldDescriptor* field,
                 const Type& type, V1* layer) {
  if (field->name() == "hdf5_output_param") {
    *layer->mutable_hdf5_output_param() = old.hdf5_output_param();
    return;
  }
  const auto renamed = NewNames().find(field->name());
  const std::string name =
      renamed == NewNames().end() ? field->name() : renamed->second;
  const std::string where =
      IsOfTransform(field->name()) ? "transform_param" : type.settings;
  Message* settings = Submessage(layer, where);
  const FieldDescriptor* target =
      settings ? settings->GetDescriptor()->FindFieldByName(name) : nullptr;
  if (target == nullptr) {
    LOG(WARNING) << "layer \"" << old.name() << "\": type \"" << old.type()
                 << "\" has no " << field->name() << "; it is ignored";
    return;
  }
  CopyValue(old, field, settings, target);
}

bool IsOfEveryType(const std::string& field) {
  return field == "name" || field == "type" || field == "blobs" ||
         field == "blobs_lr" || field == "weight_decay";
}

V1::LayerType TypeOf(const V0LayerParameter& old) {
  const auto found = Types().find(old.type());
  if (found != Types().end()) return found->second.today;
  std::vector<std::string> known;
  for (const auto& entry : Types()) known.push_back(entry.first);
  throw Error("the first format has no layer type \"", old.type(), "\"",
              Suggestion(old.type(), known));
}

void UpgradeLayer(V1* layer) {
  V0LayerParameter old;
  old.Swap(layer->mutable_layer());
  layer->clear_layer();
  layer->set_name(old.name());
  layer->set_type(TypeOf(old));
  layer->mutable_blobs()->Swap(old.mutable_blobs());
  layer->mutable_blobs_lr()->Swap(old.mutable_blobs_lr());
  layer->mutable_weight_decay()->Swap(old.mutable_weight_decay());
  std::vector<const FieldDescriptor*> fields;
  old.GetReflection()->ListFields(old, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsOfEveryType(field->name())) continue;
    MoveSetting(old, field, Types().at(old.type()), layer);
  }
}

bool IsPadding(const V1& layer) { return layer.layer().type() == "padding"; }

// Lets the layer read what the padding read, and pad by itself.
void TakeOver(const V1& padding, V1* layer) {
  const std::string& type = layer->layer().type();
  Require(type == "conv" || type == "pool", "layer \"", layer->layer().name(),
          "\" of type \"", type, "\" takes the padding \"",
          padding.layer().name(), "\"; only conv and pool can");
  Require(layer->bottom_size() == 1 && padding.bottom_size() == 1, "layer \"",
          layer->layer().name(), "\" takes the padding \"",
          padding.layer().name(), "\"; both must have one bottom");
  layer->set_bottom(0, padding.bottom(0));
  layer->mutable_layer()->set_pad(padding.layer().pad());
}

void RemovePaddings(NetSource* source) {
  std::map<std::string, V1> paddings;  // by the top that is theirs now
  NetParameter kept;
  std::vector<int> lines;
  for (int i = 0; i < source->net.layers_size(); ++i) {
    V1& layer = *source->net.mutable_layers(i);
    const int line = source->layer_lines.at(i);
    try {
      for (const std::string& bottom : layer.bottom()) {
        const auto padding = paddings.find(bottom);
        if (padding == paddings.end()) continue;
        TakeOver(padding->second, &layer);
        break;
      }
    } catch (const Error& error) {
      throw At(*source, line, error);
    }
    for (const std::string& top : layer.top()) paddings.erase(top);
    if (IsPadding(layer)) {
      for (const std::string& top : layer.top()) paddings[top] = layer;
      continue;
    }
    kept.add_layers()->Swap(&layer);
    lines.push_back(line);
  }
  source->net.mutable_layers()->Swap(kept.mutable_layers());
  source->layer_lines = lines;
}

}  // namespace

void UpgradeFirstFormat(NetSource* source) {
  // The lines are those of `layer` then, and the second step refuses the net.
  if (source->net.layer_size() > 0) return;
  const auto& layers = source->net.layers();
  if (std::any_of(layers.begin(), layers.end(), IsPadding)) {
    RemovePaddings(source);
  }
  for (int i = 0; i < source->net.layers_size(); ++i) {
    V1* layer = source->net.mutable_layers(i);
    if (!layer->has_layer()) continue;
    try {
      UpgradeLayer(layer);
    } catch (const Error& error) {
      throw At(*source, source->layer_lines.at(i), error);
    }
  }
}

}  // namespace doppio
