#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "doppio/error.h"
#include "io/upgrade_layers.h"

namespace doppio {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using V1 = V1LayerParameter;

const char* TypeOf(V1::LayerType type) {
  static const std::map<V1::LayerType, const char*> kNames = {
      {V1::NONE, ""},
      {V1::ABSVAL, "AbsVal"},
      {V1::ACCURACY, "Accuracy"},
      {V1::ARGMAX, "ArgMax"},
      {V1::BNLL, "BNLL"},
      {V1::CONCAT, "Concat"},
      {V1::CONTRASTIVE_LOSS, "ContrastiveLoss"},
      {V1::CONVOLUTION, "Convolution"},
      {V1::DATA, "Data"},
      {V1::DECONVOLUTION, "Deconvolution"},
      {V1::DROPOUT, "Dropout"},
      {V1::DUMMY_DATA, "DummyData"},
      {V1::ELTWISE, "Eltwise"},
      {V1::EUCLIDEAN_LOSS, "EuclideanLoss"},
      {V1::EXP, "Exp"},
      {V1::FLATTEN, "Flatten"},
      {V1::HDF5_DATA, "HDF5Data"},
      {V1::HDF5_OUTPUT, "HDF5Output"},
      {V1::HINGE_LOSS, "HingeLoss"},
      {V1::IM2COL, "Im2col"},
      {V1::IMAGE_DATA, "ImageData"},
      {V1::INFOGAIN_LOSS, "InfogainLoss"},
      {V1::INNER_PRODUCT, "InnerProduct"},
      {V1::LRN, "LRN"},
      {V1::MEMORY_DATA, "MemoryData"},
      {V1::MULTINOMIAL_LOGISTIC_LOSS, "MultinomialLogisticLoss"},
      {V1::MVN, "MVN"},
      {V1::POOLING, "Pooling"},
      {V1::POWER, "Power"},
      {V1::RELU, "ReLU"},
      {V1::SIGMOID, "Sigmoid"},
      {V1::SIGMOID_CROSS_ENTROPY_LOSS, "SigmoidCrossEntropyLoss"},
      {V1::SILENCE, "Silence"},
      {V1::SLICE, "Slice"},
      {V1::SOFTMAX, "Softmax"},
      {V1::SOFTMAX_LOSS, "SoftmaxWithLoss"},
      {V1::SPLIT, "Split"},
      {V1::TANH, "TanH"},
      {V1::THRESHOLD, "Threshold"},
      {V1::WINDOW_DATA, "WindowData"},
  };
  return kNames.at(type);
}

// The settings of each type: messages that are the same in both formats.
void CopySettings(const V1& old, LayerParameter* layer) {
  std::vector<const FieldDescriptor*> fields;
  old.GetReflection()->ListFields(old, &fields);
  for (const FieldDescriptor* field : fields) {
    const FieldDescriptor* today =
        layer->GetDescriptor()->FindFieldByName(field->name());
    if (today == nullptr || today->message_type() == nullptr ||
        today->is_repeated()) {
      continue;
    }
    layer->GetReflection()
        ->MutableMessage(layer, today)
        ->CopyFrom(old.GetReflection()->GetMessage(old, field));
  }
}

ParamSpec* SpecAt(int index, LayerParameter* layer) {
  while (layer->param_size() <= index) layer->add_param();
  return layer->mutable_param(index);
}

void UpgradeParams(const V1& old, LayerParameter* layer) {
  for (int i = 0; i < old.param_size(); ++i) {
    SpecAt(i, layer)->set_name(old.param(i));
  }
  for (int i = 0; i < old.blob_share_mode_size(); ++i) {
    SpecAt(i, layer)->set_share_mode(old.blob_share_mode(i) == V1::STRICT
                                         ? ParamSpec::STRICT
                                         : ParamSpec::PERMISSIVE);
  }
  for (int i = 0; i < old.blobs_lr_size(); ++i) {
    SpecAt(i, layer)->set_lr_mult(old.blobs_lr(i));
  }
  for (int i = 0; i < old.weight_decay_size(); ++i) {
    SpecAt(i, layer)->set_decay_mult(old.weight_decay(i));
  }
}

// What data layers did to images had been settings of each of them.
template <typename Settings>
void MoveTransform(Settings* settings, LayerParameter* layer) {
  if (!HasTransform(*settings)) return;
  TransformationParameter* transform = layer->mutable_transform_param();
  if (settings->has_scale()) transform->set_scale(settings->scale());
  if (settings->has_mean_file()) {
    transform->set_mean_file(settings->mean_file());
  }
  if (settings->has_crop_size()) {
    transform->set_crop_size(settings->crop_size());
  }
  if (settings->has_mirror()) transform->set_mirror(settings->mirror());
  settings->clear_scale();
  settings->clear_mean_file();
  settings->clear_crop_size();
  settings->clear_mirror();
}

void UpgradeTransform(V1::LayerType type, LayerParameter* layer) {
  if (type == V1::DATA && layer->has_data_param()) {
    MoveTransform(layer->mutable_data_param(), layer);
  }
  if (type == V1::IMAGE_DATA && layer->has_image_data_param()) {
    MoveTransform(layer->mutable_image_data_param(), layer);
  }
  if (type == V1::WINDOW_DATA && layer->has_window_data_param()) {
    MoveTransform(layer->mutable_window_data_param(), layer);
  }
}

void UpgradeLayer(V1* old, LayerParameter* layer) {
  layer->set_name(old->name());
  layer->set_type(TypeOf(old->type()));
  layer->mutable_bottom()->Swap(old->mutable_bottom());
  layer->mutable_top()->Swap(old->mutable_top());
  layer->mutable_include()->Swap(old->mutable_include());
  layer->mutable_exclude()->Swap(old->mutable_exclude());
  layer->mutable_loss_weight()->Swap(old->mutable_loss_weight());
  layer->mutable_blobs()->Swap(old->mutable_blobs());
  UpgradeParams(*old, layer);
  CopySettings(*old, layer);
  UpgradeTransform(old->type(), layer);
}

}  // namespace

void UpgradeSecondFormat(NetSource* source) {
  NetParameter* net = &source->net;
  if (net->layer_size() > 0) {
    throw At(*source, 0,
             Error("the net has both `layer` and, in the old format, `layers`; "
                   "write all of them as `layer`"));
  }
  for (V1LayerParameter& old : *net->mutable_layers()) {
    UpgradeLayer(&old, net->add_layer());
  }
  net->clear_layers();
}

Error At(const NetSource& source, int line, Error error) {
  if (source.file.empty()) return error;
  return error.Prefix(line > 0 ? source.file + ":" + std::to_string(line)
                               : source.file);
}

}  // namespace doppio
