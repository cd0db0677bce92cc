#include "net/plan_fusion.h"

#include <algorithm>

namespace doppio {
namespace {

bool Contains(const std::vector<int>& places, int place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

bool Touches(const Step& step, int place) {
  return Contains(step.bottoms, place) || Contains(step.tops, place);
}

// One value in, one out, and no loss, whose weight lies in the diff.
bool IsLink(const Step& step) {
  return step.bottoms.size() == 1 && step.tops.size() == 1 &&
         step.loss_weights[0] == 0;
}

class Fuser {
 public:
  Fuser(bool keep_blobs, std::vector<Step>* steps)
      : keep_blobs_(keep_blobs), steps_(*steps) {}

  void Absorb(size_t done, size_t i) {
    Step& next = steps_[i];
    if (next.absorbed_by != nullptr || !IsLink(next)) return;
    const int from = next.bottoms[0], to = next.tops[0];
    if (keep_blobs_ && (from != to || !next.layer->params().empty())) return;
    if (from != to && ReadAfter(i, from)) return;
    Step* host = NewestToTouch(done, i, from);
    if (host == nullptr || !Gives(*host, from)) return;
    if (next.backward != host->backward ||
        next.backward != next.propagate_down[0]) {
      return;
    }
    if (host->layer->device() != next.layer->device()) return;
    if (!host->layer->CanAbsorb(*next.layer)) return;
    host->layer->Absorb(next.layer.get());
    next.absorbed_by = host->layer.get();
    next.bottoms = {to};
    host->tops = {to};
    for (Step& step : steps_) {
      if (step.absorbed_by == next.absorbed_by) step.bottoms = step.tops = {to};
    }
  }

 private:
  static bool Gives(const Step& step, int place) {
    return step.tops == std::vector<int>{place} && step.loss_weights[0] == 0;
  }

  bool ReadAfter(size_t i, int place) const {
    return std::any_of(steps_.begin() + i + 1, steps_.end(),
                       [=](const Step& step) { return Touches(step, place); });
  }

  // Of those that run, before step i.
  Step* NewestToTouch(size_t done, size_t i, int place) {
    while (i-- > done) {
      Step& step = steps_[i];
      if (step.absorbed_by == nullptr && Touches(step, place)) return &step;
    }
    return nullptr;
  }

  const bool keep_blobs_;
  std::vector<Step>& steps_;
};

}  // namespace

void PlanFusion(size_t done, bool keep_blobs, std::vector<Step>* steps) {
  Fuser fuser(keep_blobs, steps);
  for (size_t i = done; i < steps->size(); ++i) fuser.Absorb(done, i);
}

}  // namespace doppio
