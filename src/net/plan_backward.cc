#include "net/plan_backward.h"

#include <set>

namespace doppio {
namespace {

bool Learns(const LayerParameter& param, size_t index) {
  return static_cast<int>(index) >= param.param_size() ||
         param.param(index).lr_mult() != 0;
}

// From the inputs on: a gradient is needed where a parameter below it learns.
void MarkFromParams(std::vector<Step>* steps) {
  std::set<int> needed;  // places
  for (Step& step : *steps) {
    const LayerParameter& param = step.layer->param();
    step.backward = false;
    step.propagate_down.clear();
    for (size_t b = 0; b < step.bottoms.size(); ++b) {
      const bool down = param.propagate_down_size() > 0
                            ? param.propagate_down(b)
                            : needed.count(step.bottoms[b]) > 0;
      step.propagate_down.push_back(down);
      step.backward |= down;
    }
    for (size_t i = 0; i < step.layer->params().size(); ++i) {
      Parameter& p = step.layer->params()[i];
      p.learns = !p.statistic && Learns(param, i);
      step.backward |= p.learns;
    }
    for (const int top : step.tops) {
      if (step.backward) {
        needed.insert(top);
      } else {
        needed.erase(top);  // a layer in place that stops the gradient
      }
    }
  }
}

// From the losses back: a gradient is of no use where no loss lies above.
void PruneWithoutLoss(std::vector<Step>* steps) {
  std::set<int> under_loss;  // places
  std::set<int> stopped;     // places whose gradient nobody computes
  for (auto step = steps->rbegin(); step != steps->rend(); ++step) {
    bool contributes = false;
    bool all_stopped = true;
    for (size_t t = 0; t < step->tops.size(); ++t) {
      const bool is_loss = step->loss_weights[t] != 0;
      if (is_loss || under_loss.count(step->tops[t])) contributes = true;
      if (is_loss || !stopped.count(step->tops[t])) all_stopped = false;
    }
    if (!contributes || (step->backward && all_stopped)) {
      step->backward = false;
      step->propagate_down.assign(step->bottoms.size(), false);
    }
    for (size_t b = 0; b < step->bottoms.size(); ++b) {
      if (contributes) {
        under_loss.insert(step->bottoms[b]);
      } else {
        step->propagate_down[b] = false;
      }
      if (step->propagate_down[b]) {
        stopped.erase(step->bottoms[b]);
      } else {
        stopped.insert(step->bottoms[b]);
      }
    }
  }
}

void Force(std::vector<Step>* steps) {
  for (Step& step : *steps) {
    step.backward = true;
    for (size_t b = 0; b < step.bottoms.size(); ++b) {
      if (step.layer->Differentiable(b)) step.propagate_down[b] = true;
    }
    for (Parameter& p : step.layer->params()) p.learns = !p.statistic;
  }
}

}  // namespace

void PlanBackward(bool force, std::vector<Step>* steps,
                  std::deque<Place>* places) {
  MarkFromParams(steps);
  PruneWithoutLoss(steps);
  if (force) Force(steps);
  for (Step& step : *steps) {
    for (size_t b = 0; b < step.bottoms.size(); ++b) {
      if (!step.layer->Differentiable(b)) step.propagate_down[b] = false;
      if (step.propagate_down[b]) (*places)[step.bottoms[b]].wants_diff = true;
    }
    if (!step.backward) {
      for (Parameter& p : step.layer->params()) p.learns = false;
    } else {
      for (size_t t = 0; t < step.tops.size(); ++t) {
        // A Split leaves out the tops that no gradient comes from.
        if (step.layer->type() != "Split" || step.loss_weights[t] != 0) {
          (*places)[step.tops[t]].wants_diff = true;
        }
      }
    }
    step.layer->PlanBackward(step.propagate_down);
  }
}

void PlanNoBackward(std::vector<Step>* steps) {
  for (Step& step : *steps) {
    step.backward = false;
    step.propagate_down.assign(step.bottoms.size(), false);
    for (Parameter& p : step.layer->params()) p.learns = false;
    step.layer->PlanBackward(step.propagate_down);
  }
}

}  // namespace doppio
