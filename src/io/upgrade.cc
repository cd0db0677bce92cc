#include "io/upgrade.h"

#include <algorithm>
#include <map>

#include "doppio/error.h"

namespace doppio {
namespace {

constexpr int kAxes = 4;  // numbers of input_dim per input

bool IsTaken(const NetParameter& net, const std::string& blob) {
  for (const LayerParameter& layer : net.layer()) {
    const auto& bottoms = layer.bottom();
    if (std::find(bottoms.begin(), bottoms.end(), blob) != bottoms.end()) {
      return true;
    }
  }
  return false;
}

// The Input layer that stands for the fields of the net.
LayerParameter InputLayer(const NetParameter& net) {
  const bool shapes = net.input_shape_size() > 0;
  const int known =
      shapes ? net.input_shape_size() : net.input_dim_size() / kAxes;
  Require(known >= net.input_size(), "the net has ", net.input_size(),
          " input, but ", known,
          shapes ? " input_shape; give one for each"
                 : " times four input_dim; give four for each");
  LayerParameter layer;
  layer.set_name("input");
  layer.set_type("Input");
  for (int i = 0; i < net.input_size(); ++i) {
    layer.add_top(net.input(i));
    BlobShape* shape = layer.mutable_input_param()->add_shape();
    if (shapes) {
      *shape = net.input_shape(i);
      continue;
    }
    for (int axis = 0; axis < kAxes; ++axis) {
      shape->add_dim(net.input_dim(i * kAxes + axis));
    }
  }
  return layer;
}

// Returns true if a layer was inserted at the front.
bool UpgradeInput(NetParameter* net) {
  if (net->input_size() == 0) return false;
  const bool sized = net->input_shape_size() > 0 || net->input_dim_size() > 0;
  if (sized) {
    *net->add_layer() = InputLayer(*net);
    std::rotate(net->mutable_layer()->pointer_begin(),
                net->mutable_layer()->pointer_end() - 1,
                net->mutable_layer()->pointer_end());
  } else {
    // Caffe runs a net whose input is neither sized nor used.
    for (const std::string& input : net->input()) {
      Require(!IsTaken(*net, input), "input \"", input,
              "\" has no size; add an input_shape");
    }
  }
  net->clear_input();
  net->clear_input_shape();
  net->clear_input_dim();
  return sized;
}

void UpgradeBatchNorm(NetParameter* net) {
  constexpr int kStatistics = 3;
  for (LayerParameter& layer : *net->mutable_layer()) {
    if (layer.type() != "BatchNorm" || layer.param_size() != kStatistics) {
      continue;
    }
    for (ParamSpec& spec : *layer.mutable_param()) {
      spec.set_lr_mult(0);
      spec.set_decay_mult(0);
    }
  }
}

// Returns true if a layer was inserted at the front.
bool UpgradeNet(NetParameter* net) {
  Require(net->layers_size() == 0,
          "the net is in an old format (`layers` where today's has `layer`); "
          "upgrade it first");
  UpgradeBatchNorm(net);
  return UpgradeInput(net);
}

}  // namespace

void Upgrade(NetSource* source, int line) {
  if (UpgradeNet(&source->net)) {
    source->layer_lines.insert(source->layer_lines.begin(), line);
  }
}

void Upgrade(NetParameter* net) { UpgradeNet(net); }

void Upgrade(SolverParameter* solver) {
  static const char* const kNames[] = {"SGD",     "Nesterov", "AdaGrad",
                                       "RMSProp", "AdaDelta", "Adam"};
  if (solver->has_solver_type()) {
    Require(!solver->has_type(),
            "the solver has both type and the old solver_type; keep type");
    solver->set_type(kNames[solver->solver_type()]);
    solver->clear_solver_type();
  }
  if (solver->has_net_param()) Upgrade(solver->mutable_net_param());
  if (solver->has_train_net_param()) {
    Upgrade(solver->mutable_train_net_param());
  }
  for (NetParameter& net : *solver->mutable_test_net_param()) Upgrade(&net);
}

std::string TypeOfOldLayer(V1LayerParameter::LayerType type) {
  using V1 = V1LayerParameter;
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

std::string TypeOfOldName(const std::string& name) {
  static const std::map<std::string, const char*> kNames = {
      {"accuracy", "Accuracy"},
      {"bnll", "BNLL"},
      {"concat", "Concat"},
      {"conv", "Convolution"},
      {"data", "Data"},
      {"dropout", "Dropout"},
      {"euclidean_loss", "EuclideanLoss"},
      {"flatten", "Flatten"},
      {"hdf5_data", "HDF5Data"},
      {"hdf5_output", "HDF5Output"},
      {"im2col", "Im2col"},
      {"images", "ImageData"},
      {"infogain_loss", "InfogainLoss"},
      {"innerproduct", "InnerProduct"},
      {"lrn", "LRN"},
      {"multinomial_logistic_loss", "MultinomialLogisticLoss"},
      {"pool", "Pooling"},
      {"relu", "ReLU"},
      {"sigmoid", "Sigmoid"},
      {"softmax", "Softmax"},
      {"softmax_loss", "SoftmaxWithLoss"},
      {"split", "Split"},
      {"tanh", "TanH"},
      {"window_data", "WindowData"},
  };
  const auto found = kNames.find(name);
  return found == kNames.end() ? name : found->second;
}

}  // namespace doppio
