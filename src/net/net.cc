#include "doppio/net.h"

#include <glog/logging.h>

#include <map>
#include <numeric>

#include "core/memory.h"
#include "doppio/error.h"
#include "net/debug_info.h"
#include "net/filter.h"
#include "net/insert_splits.h"
#include "net/plan_backward.h"
#include "net/plan_layouts.h"
#include "net/plan_memory.h"
#include "net/share_params.h"
#include "net/wire.h"

namespace doppio {

Net::Net(const NetSource& source, const Context& context)
    : Net(source, context, Options()) {}

Net::Net(const NetSource& source, const Context& context,
         const Options& options)
    : context_(context), options_(options) {
  const NetSource filtered = FilterLayers(source);
  param_ = filtered.net;
  name_ = param_.name();
  phase_ = param_.state().phase();
  Wire(InsertSplits(filtered));
  InferShapes(0);
  if (options.share_with != nullptr) ShareParamsOf(options.share_with, &steps_);
  learnables_ = ShareParams(context_, options.allocate, &steps_);
  Plan();
}

Net::~Net() = default;

void Net::Wire(const NetSource& source) {
  WireLayers(source, context_, &steps_, &places_);
  wired_places_ = places_.size();
  for (const Step& step : steps_) {
    wiring_.push_back({step.bottoms, step.tops});
  }
}

// The first `steps_done` steps have run: their tops' shapes are what they are.
// So are those of layers without bottoms, once they have memory.
void Net::InferShapes(size_t steps_done) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    Shapes bottoms, tops;
    for (const int b : step.bottoms) bottoms.push_back(places_[b].shape);
    const bool as_it_is =
        i < steps_done || (step.bottoms.empty() && !step.tops.empty() &&
                           !places_[step.tops[0]].blob.data.empty());
    try {
      if (as_it_is) {
        for (const int t : step.tops) {
          tops.push_back(places_[t].blob.data.shape());
        }
      } else {
        tops = step.layer->Reshape(bottoms);
      }
      CHECK_EQ(tops.size(), step.tops.size()) << step.location;
    } catch (Error& error) {
      throw error.Prefix(step.location);
    }
    for (size_t t = 0; t < tops.size(); ++t) {
      places_[step.tops[t]].shape = tops[t];
    }
  }
}

void Net::Plan() {
  for (Place& place : places_) {
    place.wants_diff = false;
    place.layout = nullptr;
  }
  if (options_.backward) {
    PlanBackward(param_.force_backward(), &steps_, &places_);
  } else {
    PlanNoBackward(&steps_);
  }
  doppio::PlanLayouts(
      context_,
      [this](Layer* layer) {
        if (options_.allocate) AllocateParams(context_, layer);
      },
      &steps_, &places_);

  FindOutputs();
  for (Step& step : steps_) {
    step.bottom_blobs.clear();
    step.top_blobs.clear();
    for (const int b : step.bottoms) {
      step.bottom_blobs.push_back(&places_[b].blob);
    }
    for (const int t : step.tops) step.top_blobs.push_back(&places_[t].blob);
  }
  Allocate();
  SetLossWeights();
  if (options_.allocate) adding_ = AllocateParamDiffs(&steps_);
}

void Net::UndoPlan() {
  std::vector<Step> kept;
  for (Step& step : steps_) {
    if (step.layer->type() == "Reorder") continue;
    step.bottoms = wiring_[kept.size()].bottoms;
    step.tops = wiring_[kept.size()].tops;
    kept.push_back(std::move(step));
  }
  steps_ = std::move(kept);
  places_.resize(wired_places_);
}

void Net::Reshape() {
  UndoPlan();
  InferShapes(0);
  Plan();
}

// A place is an output if no layer but those in place reads it, or if it counts
// into the loss.
void Net::FindOutputs() {
  std::map<int, Output> outputs;
  for (const Step& step : steps_) {
    for (const int b : step.bottoms) outputs.erase(b);
    for (size_t t = 0; t < step.tops.size(); ++t) {
      const bool split = step.layer->type() == "Split";
      const int named = split ? step.bottoms[0] : step.tops[t];
      outputs[step.tops[t]] = {places_[named].name, step.tops[t],
                               step.loss_weights[t]};
    }
  }
  outputs_.clear();
  for (const auto& entry : outputs) outputs_.push_back(entry.second);
}

// Gives data and diffs their memory: one arena in which those that do not live
// at the same time share it, or memory of each one's own. What is there already
// in the right shape and layout is kept, or its values are.
void Net::Allocate() {
  const Lifetimes lives = PlanLifetimes(steps_, places_, outputs_);
  std::vector<Lifetime> all = lives.data;
  all.insert(all.end(), lives.diff.begin(), lives.diff.end());
  Arena arena;
  std::shared_ptr<void> memory;
  if (options_.reuse_memory) {
    arena = PlaceInArena(all);
    blob_bytes_ = arena.bytes;
    if (!options_.allocate) return;
    memory = doppio::Allocate(context_.device(), arena.bytes);
    FillZero(context_.device(), memory.get(), arena.bytes);
  } else {
    blob_bytes_ = 0;
    for (const Lifetime& life : all) blob_bytes_ += life.bytes;
    if (!options_.allocate) return;
  }
  const auto make = [&](const Place& place, size_t value) {
    if (memory == nullptr) {
      return Tensor(place.shape, context_.device(), place.layout);
    }
    char* at = static_cast<char*>(memory.get()) + arena.offsets[value];
    return Tensor(place.shape, context_.device(), place.layout,
                  std::shared_ptr<void>(memory, at));
  };
  for (size_t p = 0; p < places_.size(); ++p) {
    Place& place = places_[p];
    if (lives.data[p].bytes > 0) {
      const Tensor before = place.blob.data;
      place.blob.data = make(place, p);
      if (!before.empty() && before.shape() == place.shape) {
        place.blob.data.CopyFrom(before);
      }
    }
    place.blob.diff = {};
    if (lives.diff[p].bytes > 0) {
      place.blob.diff = make(place, places_.size() + p);
    }
  }
}

// The diff of a loss is its weight, from the beginning and for ever.
void Net::SetLossWeights() {
  for (const Output& output : outputs_) {
    Tensor& diff = places_[output.place].blob.diff;
    if (output.loss_weight == 0 || diff.empty()) continue;
    diff.CopyFrom(std::vector<float>(diff.count(), output.loss_weight));
  }
}

bool Net::ShapesHold(const Step& step) const {
  for (const int t : step.tops) {
    if (places_[t].blob.data.shape() != places_[t].shape) return false;
  }
  return true;
}

float Net::Forward() {
  CHECK(options_.allocate) << "a net without memory cannot run";
  float loss = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Layer* layer = steps_[i].layer.get();
    try {
      steps_[i].layer->set_pass(pass_);
      steps_[i].layer->Forward(steps_[i].bottom_blobs, steps_[i].top_blobs);
    } catch (Error& error) {
      throw error.Prefix(steps_[i].location);
    }
    if (!ShapesHold(steps_[i])) {
      i = ReplanAfter(layer);
    }
    loss += LossOf(steps_[i]);
    if (param_.debug_info()) LogForward(steps_[i], places_);
  }
  ++pass_;
  return loss;
}

// The layer gave tops of other shapes than planned: the layers after it have to
// follow. Returns where the layer is now.
size_t Net::ReplanAfter(const Layer* layer) {
  const auto position = [&] {
    size_t i = 0;
    while (steps_[i].layer.get() != layer) ++i;
    return i;
  };
  UndoPlan();
  InferShapes(position() + 1);
  Plan();
  return position();
}

void Net::Backward(bool accumulate) {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!step->backward) continue;
    for (Parameter& p : step->layer->params()) {
      p.accumulate = accumulate || adding_.count(&p) > 0;
    }
    try {
      step->layer->Backward(step->top_blobs, step->bottom_blobs);
    } catch (Error& error) {
      throw error.Prefix(step->location);
    }
    if (param_.debug_info()) LogBackward(*step, places_);
  }
}

float Net::LossOf(const Step& step) const {
  float loss = 0;
  for (size_t t = 0; t < step.tops.size(); ++t) {
    if (step.loss_weights[t] == 0) continue;
    const std::vector<float> values =
        places_[step.tops[t]].blob.data.ToVector();
    loss += step.loss_weights[t] *
            std::accumulate(values.begin(), values.end(), 0.f);
  }
  return loss;
}

Blob* Net::blob(const std::string& name) {
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
    if (place->name == name) return &place->blob;
  }
  return nullptr;
}

Layer* Net::layer(const std::string& name) {
  for (Step& step : steps_) {
    if (step.layer->name() == name) return step.layer.get();
  }
  return nullptr;
}

}  // namespace doppio
