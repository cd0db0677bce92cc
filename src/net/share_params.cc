#include "net/share_params.h"

#include <map>
#include <string>

#include "core/filler.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// A layer's parameter, with what its ParamSpec says.
struct Owner {
  const Step* step;
  Parameter* param;
  size_t learnable;
};

ParamSpec SpecOf(const LayerParameter& layer, size_t index) {
  if (static_cast<int>(index) < layer.param_size()) return layer.param(index);
  return {};
}

void Fill(const Context& context, Layer* layer, size_t index, Parameter* p) {
  p->blob.data = Tensor(p->shape, layer->device(), p->layout);
  doppio::Fill(
      p->filler,
      RandomStream(context.seed(), Draw::kFiller, Hash(layer->name()), index),
      &p->blob.data);
}

// The multiplier that both give, or the one that only one gives.
void Agree(const char* field, bool has_owner, float owner, bool has_sharer,
           float sharer, const std::string& name, float* agreed) {
  Require(!has_owner || !has_sharer || owner == sharer, "shares parameter \"",
          name, "\" with ", field, ": ", sharer, ", but its owner has ", owner);
  if (has_sharer) *agreed = sharer;
}

void Share(const Owner& owner, const ParamSpec& owner_spec,
           const ParamSpec& spec, Device device, Parameter* param,
           Learnable* learnable) {
  const Shape& shape = owner.param->shape;
  Require(owner.step->layer->device() == device, "shares parameter \"",
          spec.name(), "\" with ", owner.step->location,
          ", but only one of the two runs on the GPU; run with --device=cpu");
  if (spec.share_mode() == ParamSpec::PERMISSIVE) {
    Require(shape.count() == param->shape.count(), "shares parameter \"",
            spec.name(), "\" of ", param->shape.count(), " values (",
            param->shape, "), but ", owner.step->location, " has it with ",
            shape.count(), " (", shape, ")");
  } else {
    Require(shape == param->shape, "shares parameter \"", spec.name(),
            "\" of shape ", param->shape, ", but ", owner.step->location,
            " has it with shape ", shape,
            "; share_mode: PERMISSIVE asks for equal counts only");
  }
  Agree("lr_mult", owner_spec.has_lr_mult(), owner_spec.lr_mult(),
        spec.has_lr_mult(), spec.lr_mult(), spec.name(), &learnable->lr_mult);
  Agree("decay_mult", owner_spec.has_decay_mult(), owner_spec.decay_mult(),
        spec.has_decay_mult(), spec.decay_mult(), spec.name(),
        &learnable->decay_mult);
  if (!owner.param->blob.data.empty() && param->blob.data.empty()) {
    param->blob.data = owner.param->blob.data.Reshaped(param->shape);
  }
}

class Sharer {
 public:
  Sharer(const Context& context, bool allocate)
      : context_(context), allocate_(allocate) {}

  void Add(Step* step, size_t index) {
    Parameter* param = &step->layer->params()[index];
    const ParamSpec spec = SpecOf(step->layer->param(), index);
    const auto found = owners_.find(spec.name());
    if (!spec.name().empty() && found != owners_.end()) {
      const Owner& owner = found->second;
      Learnable* learnable = &learnables_[owner.learnable];
      const LayerParameter& layer = owner.step->layer->param();
      Share(owner, SpecOf(layer, learnable->index), spec, step->layer->device(),
            param, learnable);
      return;
    }
    learnables_.push_back({step->layer->name(), static_cast<int>(index), param,
                           param->statistic ? 0 : spec.lr_mult(),
                           param->statistic ? 0 : spec.decay_mult()});
    if (spec.name().empty()) return;
    owners_[spec.name()] = {step, param, learnables_.size() - 1};
    // Named parameters stay row-major, which suits every sharer.
    if (allocate_ && param->blob.data.empty()) {
      Fill(context_, step->layer.get(), index, param);
    }
  }

  const std::vector<Learnable>& learnables() const { return learnables_; }

 private:
  const Context& context_;
  const bool allocate_;
  std::map<std::string, Owner> owners_;
  std::vector<Learnable> learnables_;
};

}  // namespace

std::vector<Learnable> ShareParams(const Context& context, bool allocate,
                                   std::vector<Step>* steps) {
  Sharer sharer(context, allocate);
  for (Step& step : *steps) {
    try {
      for (size_t i = 0; i < step.layer->params().size(); ++i) {
        sharer.Add(&step, i);
      }
    } catch (Error& error) {
      throw error.Prefix(step.location);
    }
  }
  return sharer.learnables();
}

void ShareParamsOf(Net* from, std::vector<Step>* steps) {
  for (Step& step : *steps) {
    const Layer* source = from->layer(step.layer->name());
    if (source == nullptr) continue;
    std::vector<Parameter>& params = step.layer->params();
    try {
      Require(params.size() == source->params().size(), "has ", params.size(),
              " parameters, but ", source->params().size(),
              " in the net that it shares them with");
      for (size_t i = 0; i < params.size(); ++i) {
        const Parameter& p = source->params()[i];
        Require(p.shape == params[i].shape, "has a parameter of shape ",
                params[i].shape, ", but ", p.shape,
                " in the net that it shares it with");
        params[i].blob.data = p.blob.data;
      }
    } catch (Error& error) {
      throw error.Prefix(step.location);
    }
  }
}

void AllocateParams(const Context& context, Layer* layer) {
  for (size_t i = 0; i < layer->params().size(); ++i) {
    Parameter& p = layer->params()[i];
    if (p.blob.data.empty()) Fill(context, layer, i, &p);
  }
}

std::set<const Parameter*> AllocateParamDiffs(std::vector<Step>* steps) {
  std::set<const Parameter*> adding;
  // By memory: the parameters that share it share the diff.
  std::map<const void*, Tensor> diffs;
  for (auto step = steps->rbegin(); step != steps->rend(); ++step) {
    for (Parameter& p : step->layer->params()) {
      if (!p.learns) continue;
      const auto found = diffs.find(p.blob.data.storage());
      if (found != diffs.end()) {
        p.blob.diff = found->second.Reshaped(p.shape);
        adding.insert(&p);
        continue;
      }
      if (p.blob.diff.empty()) {
        p.blob.diff =
            Tensor(p.shape, p.blob.data.device(), p.blob.data.layout());
      }
      diffs[p.blob.data.storage()] = p.blob.diff;
    }
  }
  // An owner that Backward does not reach still shows the sharers' diff.
  for (Step& step : *steps) {
    for (Parameter& p : step.layer->params()) {
      const auto found = diffs.find(p.blob.data.storage());
      if (p.blob.diff.empty() && found != diffs.end()) {
        p.blob.diff = found->second.Reshaped(p.shape);
      }
    }
  }
  return adding;
}

}  // namespace doppio
