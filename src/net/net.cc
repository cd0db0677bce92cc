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
#include "net/plan_fusion.h"
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
  RequireMakers(source);
  param_ = filtered.net;
  name_ = param_.name();
  phase_ = param_.state().phase();
  Wire(InsertSplits(filtered));
  InferShapes(0);
  if (options.share_with != nullptr) ShareParamsOf(options.share_with, &steps_);
  learnables_ = ShareParams(context_, options.allocate, &steps_);
  Plan(0);
}

Net::~Net() = default;

void Net::Wire(const NetSource& source) {
  WireLayers(source, context_, &steps_, &places_);
  wired_places_ = places_.size();
  int next = 0;  // layer of the prototxt
  for (Step& step : steps_) {
    wiring_.push_back({step.bottoms, step.tops});
    step.inserted = next == param_.layer_size() ||
                    step.layer->name() != param_.layer(next).name();
    if (!step.inserted) ++next;
  }
  CHECK_EQ(next, param_.layer_size());
}

// Here and below, the first `done` steps have run in this pass: they, their
// layouts and the shapes of their tops stay as they are. So do the shapes of
// what layers without bottoms make, once it has memory.
void Net::InferShapes(size_t done) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    Shapes bottoms, tops;
    for (const int b : step.bottoms) bottoms.push_back(places_[b].shape);
    const bool as_it_is =
        i < done || (step.bottoms.empty() && !step.tops.empty() &&
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

void Net::Plan(size_t done) {
  if (done > 0) {
    // Shapes have no say in what Backward computes; it is as it was.
    for (size_t i = done; i < steps_.size(); ++i) {
      steps_[i].layer->PlanBackward(steps_[i].propagate_down);
    }
  } else if (options_.backward) {
    for (Place& place : places_) place.wants_diff = false;
    PlanBackward(param_.force_backward(), &steps_, &places_);
  } else {
    PlanNoBackward(&steps_);
  }
  // What is logged after each step is that step's.
  if (options_.fuse && !param_.debug_info()) {
    PlanFusion(done, !options_.reuse_memory, &steps_);
  }
  doppio::PlanLayouts(
      context_, done,
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
  Allocate(done);
  SetLossWeights();
  if (options_.allocate) adding_ = AllocateParamDiffs(&steps_);
}

void Net::UndoPlan(size_t done) {
  std::vector<Step> kept;
  size_t reorders = 0;
  std::set<const Layer*> stays;  // with what it has absorbed
  for (size_t i = 0; i < done; ++i) stays.insert(steps_[i].layer.get());
  for (size_t i = 0; i < steps_.size(); ++i) {
    const bool reorder = steps_[i].layer->type() == "Reorder";
    if (i < done) {
      reorders += reorder;
    } else if (reorder) {
      continue;
    } else if (!stays.count(steps_[i].absorbed_by)) {
      steps_[i].absorbed_by = nullptr;
      steps_[i].bottoms = wiring_[kept.size() - reorders].bottoms;
      steps_[i].tops = wiring_[kept.size() - reorders].tops;
    }
    kept.push_back(std::move(steps_[i]));
  }
  steps_ = std::move(kept);
  places_.resize(wired_places_ + reorders);
}

void Net::Reshape() {
  UndoPlan(0);
  InferShapes(0);
  Plan(0);
}

// A place is an output if no layer but those in place reads it, or if it counts
// into the loss.
void Net::FindOutputs() {
  std::map<int, Output> outputs;
  for (const Step& step : steps_) {
    for (const int b : step.bottoms) {
      const auto found = outputs.find(b);
      if (found != outputs.end() && found->second.loss_weight == 0) {
        outputs.erase(found);
      }
    }
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
// at the same time share it, or memory of each one's own. Values that are there
// and will be read are kept.
void Net::Allocate(size_t done) {
  const Lifetimes lives = PlanLifetimes(steps_, places_, outputs_);
  // The arena is the main device's; what lies elsewhere has its own memory.
  Lifetimes here = lives;
  for (size_t p = 0; p < places_.size(); ++p) {
    if (places_[p].device == context_.device()) continue;
    here.data[p].bytes = here.diff[p].bytes = 0;
  }
  const Arena arena = PlaceInArena(here);
  blob_bytes_ = options_.reuse_memory ? arena.bytes : SumOfBytes(lives);
  if (!options_.allocate) return;
  std::shared_ptr<void> memory;
  if (options_.reuse_memory) {
    memory = doppio::Allocate(context_.device(), arena.bytes);
    FillZero(context_.device(), memory.get(), arena.bytes);
  }
  const auto make = [&](const Place& place, size_t value) {
    if (memory == nullptr || place.device != context_.device()) {
      return Tensor(place.shape, place.device, place.layout);
    }
    char* at = static_cast<char*>(memory.get()) + arena.offsets[value];
    return Tensor(place.shape, context_.device(), place.layout,
                  std::shared_ptr<void>(memory, at));
  };
  const int now = done > 0 ? static_cast<int>(done) - 1 : 0;
  for (size_t p = 0; p < places_.size(); ++p) {
    Place& place = places_[p];
    const Lifetime& life = lives.data[p];
    const Tensor before = place.blob.data;
    const bool has_values = !before.empty() && before.shape() == place.shape;
    const bool stays = memory == nullptr && has_values &&
                       SameLayout(before.layout(), place.layout);
    if (life.bytes > 0 && !stays) {
      place.blob.data = make(place, p);
      // The dead must not be copied: the living may lie there now.
      if (has_values && life.first <= now && now <= life.last) {
        place.blob.data.CopyFrom(before);
      }
    }
    place.blob.diff = {};
    if (lives.diff[p].bytes > 0) {
      place.blob.diff = make(place, places_.size() + p);
    }
  }
}

// The diff of a loss is its scaled weight, from the beginning and for ever.
void Net::SetLossWeights() {
  for (const Output& output : outputs_) {
    Tensor& diff = places_[output.place].blob.diff;
    if (output.loss_weight == 0 || diff.empty()) continue;
    const float weight = options_.loss_scale * output.loss_weight;
    diff.CopyFrom(std::vector<float>(diff.count(), weight));
  }
}

bool Net::ShapesHold(const Step& step) const {
  for (const int t : step.tops) {
    if (places_[t].blob.data.shape() != places_[t].shape) return false;
  }
  return true;
}

float Net::Forward() {
  float loss = 0;
  Forward([&](const Step& step) { loss += LossOf(step); });
  return loss;
}

void Net::Forward(const std::function<void(const Step& step)>& take) {
  CHECK(options_.allocate) << "a net without memory cannot run";
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].absorbed_by != nullptr) continue;
    if (herald_) herald_(steps_[i], false);
    try {
      steps_[i].layer->set_pass(pass_ * context_.ranks() + context_.rank());
      steps_[i].layer->Forward(steps_[i].bottom_blobs, steps_[i].top_blobs);
    } catch (Error& error) {
      throw error.Prefix(steps_[i].location);
    }
    if (!ShapesHold(steps_[i])) {
      UndoPlan(i + 1);
      InferShapes(i + 1);
      Plan(i + 1);
    }
    take(steps_[i]);
    if (observer_) observer_(steps_[i], false);
    if (param_.debug_info()) LogForward(steps_[i], places_);
  }
  ++pass_;
}

void Net::Backward(bool accumulate) {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!step->backward) continue;
    for (Parameter& p : step->layer->params()) {
      p.accumulate = accumulate || adding_.count(&p) > 0;
    }
    if (step->absorbed_by != nullptr) continue;
    if (herald_) herald_(*step, true);
    try {
      step->layer->Backward(step->top_blobs, step->bottom_blobs);
    } catch (Error& error) {
      throw error.Prefix(step->location);
    }
    if (observer_) observer_(*step, true);
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
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    for (auto top = step->tops.rbegin(); top != step->tops.rend(); ++top) {
      if (places_[*top].name == name) return &places_[*top].blob;
    }
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
