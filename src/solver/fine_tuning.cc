#include "solver/fine_tuning.h"

#include <glog/logging.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <sstream>

#include "core/edit_distance.h"
#include "doppio/error.h"
#include "io/weights.h"
#include "net/replace_data.h"
#include "solver/check.h"
#include "solver/nets.h"

namespace doppio {
namespace {

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  const size_t last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// Whether the net has parameters that it does not share with `train`.
bool HasItsOwn(const Net& net, Net* train) {
  return std::any_of(net.steps().begin(), net.steps().end(),
                     [&](const Step& step) {
                       return !step.layer->params().empty() &&
                              train->layer(step.layer->name()) == nullptr;
                     });
}

// The layers with parameters that are not among `names`.
std::string Others(const Net& net, const std::vector<std::string>& names) {
  std::string others;
  for (const Step& step : net.steps()) {
    const std::string& name = step.layer->name();
    const bool named =
        std::find(names.begin(), names.end(), name) != names.end();
    if (step.layer->params().empty() || named) continue;
    others += (others.empty() ? "" : ", ") + name;
  }
  return others;
}

void Remove(const std::string& layer, NetParameter* weights) {
  auto* layers = weights->mutable_layer();
  layers->erase(std::remove_if(
                    layers->begin(), layers->end(),
                    [&](const LayerParameter& l) { return l.name() == layer; }),
                layers->end());
}

// The number of parameters of each layer that has any.
std::map<std::string, int> ParameterCounts(const NetSource& source,
                                           const Context& context) {
  Net::Options options;
  options.allocate = false;
  const Net net(source, context, options);
  std::map<std::string, int> counts;
  for (const Step& step : net.steps()) {
    const int count = static_cast<int>(step.layer->params().size());
    if (count > 0) counts[step.layer->name()] = count;
  }
  return counts;
}

void RequireLayers(const std::vector<std::string>& layers,
                   const std::map<std::string, int>& counts) {
  std::vector<std::string> names;
  for (const auto& entry : counts) names.push_back(entry.first);
  for (const std::string& layer : layers) {
    Require(counts.count(layer), "the net has no layer \"", layer,
            "\" with parameters to train", Suggestion(layer, names));
  }
}

void Freeze(int parameters, LayerParameter* layer) {
  while (layer->param_size() < parameters) layer->add_param();
  for (ParamSpec& spec : *layer->mutable_param()) {
    spec.set_lr_mult(0);
    spec.set_decay_mult(0);
  }
  if (layer->type() == "BatchNorm") {
    layer->mutable_batch_norm_param()->set_use_global_stats(true);
  }
}

bool HasOutputs(const LayerParameter& layer) {
  return layer.type() == "InnerProduct" || layer.type() == "Convolution";
}

void SetOutputs(int outputs, LayerParameter* layer) {
  if (layer->type() == "InnerProduct") {
    layer->mutable_inner_product_param()->set_num_output(outputs);
  } else {
    layer->mutable_convolution_param()->set_num_output(outputs);
  }
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Tune(const FineTuning& tuning, const Context& context,
                 NetSource* source) {
  if (tuning.layers.empty()) return "";
  const std::map<std::string, int> counts = ParameterCounts(*source, context);
  // Nets for testing may lack layers, such as classifiers on the way.
  const bool training = source->net.state().phase() == TRAIN;
  if (training) RequireLayers(tuning.layers, counts);
  std::string changed;
  for (LayerParameter& layer : *source->net.mutable_layer()) {
    const auto count = counts.find(layer.name());
    if (count == counts.end()) continue;
    if (!Contains(tuning.layers, layer.name())) {
      Freeze(count->second, &layer);
    } else if (HasOutputs(layer)) {
      changed = layer.name();
    }
  }
  if (tuning.classes == 0) return "";
  Require(!training || !changed.empty(),
          "none of the layers to train has a num_output, which the number of "
          "classes would be");
  for (LayerParameter& layer : *source->net.mutable_layer()) {
    if (layer.name() == changed) SetOutputs(tuning.classes, &layer);
  }
  return changed;
}

double StepSeconds(const NetSource& source, const Context& context) {
  using Clock = std::chrono::steady_clock;
  Net::Options options;
  options.reuse_memory = true;
  Net net(ReplaceDataLayers(source, {}, context).source, context, options);
  double least = std::numeric_limits<double>::infinity();
  constexpr int kRuns = 4;  // the first warms up
  for (int run = 0; run < kRuns; ++run) {
    const Clock::time_point start = Clock::now();
    net.Forward();
    net.Backward();
    const std::chrono::duration<double> elapsed = Clock::now() - start;
    least = std::min(least, elapsed.count());
  }
  return least;
}

void TellTuning(const SolverSource& source, const FineTuning& tuning,
                const Context& context) {
  try {
    CheckSolver(source.solver);
  } catch (Error& error) {
    throw error.Prefix(source.file);
  }
  NetSource net = TrainNet(source);
  NetSource tuned = net;
  const std::string changed = Tune(tuning, context, &tuned);
  const double whole = StepSeconds(net, context);
  const double part = StepSeconds(tuned, context);
  std::string names;
  for (const std::string& layer : tuning.layers) {
    names += (names.empty() ? "" : ", ") + layer;
  }
  LOG(INFO) << "training " << names << " only"
            << (changed.empty()
                    ? ""
                    : "; " + changed + " starts afresh with " +
                          std::to_string(tuning.classes) + " classes");
  LOG(INFO) << "a batch takes " << static_cast<int>(1000 * part + 0.5)
            << " ms rather than " << static_cast<int>(1000 * whole + 0.5)
            << " ms forward and backward: what lies below needs no gradients";
}

std::vector<std::string> WeightsFiles(const SolverParameter& param) {
  std::vector<std::string> files;
  for (const std::string& list : param.weights()) {
    std::istringstream parts(list);
    for (std::string part; std::getline(parts, part, ',');) {
      if (!Trim(part).empty()) files.push_back(Trim(part));
    }
  }
  return files;
}

void StartFrom(const std::string& weights_file, bool allow_unmatched,
               const std::string& afresh, Net* train,
               const std::vector<std::unique_ptr<Net>>& tests) {
  NetParameter weights = ReadWeights(weights_file);
  if (!afresh.empty()) Remove(afresh, &weights);
  const std::vector<std::string> taken = train->CopyWeights(weights);
  for (const auto& test : tests) {
    if (HasItsOwn(*test, train)) test->CopyWeights(weights);
  }
  Require(allow_unmatched || !taken.empty(), "weights ", weights_file,
          ": no layer of the net has a name that occurs there; "
          "--allow_unmatched starts all the same");
  const std::string others = Others(*train, taken);
  LOG(INFO) << "weights " << weights_file << ": " << taken.size()
            << " layers start from there"
            << (others.empty() ? "" : "; not in it: " + others);
}

}  // namespace doppio
