#include "io/upgrade.h"

#include <glog/logging.h>

#include <algorithm>

#include "doppio/error.h"
#include "io/upgrade_layers.h"

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

// Settings that Caffe reads, but only in `layers` obeys.
void TellIgnored(const NetSource& source, int layer) {
  const LayerParameter& param = source.net.layer(layer);
  const WindowDataParameter& window = param.window_data_param();
  // WindowData does read its own scale.
  if (!HasTransform(param.data_param()) &&
      !HasTransform(param.image_data_param()) && !window.has_mean_file() &&
      !window.has_crop_size() && !window.has_mirror()) {
    return;
  }
  LOG(WARNING) << source.Locate(layer)
               << ": as in Caffe, scale, mean_file, crop_size and mirror have "
                  "no effect but in transform_param";
}

}  // namespace

void Upgrade(NetSource* source, int line) {
  NetParameter* net = &source->net;
  for (int i = 0; i < net->layer_size(); ++i) TellIgnored(*source, i);
  if (net->layers_size() > 0) {
    UpgradeFirstFormat(source);
    UpgradeSecondFormat(source);
  }
  UpgradeBatchNorm(net);
  try {
    if (!UpgradeInput(net)) return;
  } catch (const Error& error) {
    throw At(*source, line, error);
  }
  source->layer_lines.insert(source->layer_lines.begin(), line);
}

void Upgrade(NetParameter* net) {
  NetSource source;
  source.net.Swap(net);
  source.layer_lines.resize(
      std::max(source.net.layer_size(), source.net.layers_size()));
  Upgrade(&source, 0);
  net->Swap(&source.net);
}

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

}  // namespace doppio
