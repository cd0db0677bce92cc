#include "net/plan_layouts.h"

#include <glog/logging.h>

#include <algorithm>
#include <numeric>

#include "device/bf16.h"
#include "doppio/error.h"
#include "layers/reorder.h"

namespace doppio {
namespace {

class Planner {
 public:
  Planner(const Context& context, std::vector<Step>* steps,
          std::deque<Place>* places)
      : context_(context), steps_(*steps), places_(*places) {
    moved_.resize(places_.size());
    std::iota(moved_.begin(), moved_.end(), 0);
  }

  void Run(size_t done, const std::function<void(Layer*)>& settle_params) {
    for (size_t i = 0; i < done; ++i) Keep(&steps_[i]);
    for (size_t i = done; i < steps_.size(); ++i) {
      Step& step = steps_[i];
      try {
        PlaceStep(&step);
        settle_params(step.layer.get());
      } catch (Error& error) {
        throw error.Prefix(step.location);
      }
      planned_.push_back(std::move(step));
    }
    steps_ = std::move(planned_);
  }

 private:
  // A step in place after a reorder has moved its bottom's name for good.
  void Keep(Step* step) {
    for (const Step& before : planned_) {
      if (before.layer->type() != "Reorder") continue;
      for (const int t : step->tops) {
        if (t == before.tops[0]) Move(before.bottoms[0], t);
      }
    }
    planned_.push_back(std::move(*step));
  }

  // Whoever reads the name from here on means the new place.
  void Move(int from, int to) {
    for (int& now : moved_) {
      if (now == from) now = to;
    }
  }

  void PlaceStep(Step* step) {
    for (int& b : step->bottoms) b = moved_[b];
    for (int& t : step->tops) t = moved_[t];
    if (step->absorbed_by != nullptr) return;
    const Device device = step->layer->device();
    Layouts arriving;
    Layouts offered;
    for (const int b : step->bottoms) {
      // What comes from another device is copied, and then plain.
      const bool here = places_[b].device == device;
      arriving.push_back(here ? places_[b].layout : nullptr);
    }
    for (const LayoutPtr& layout : arriving) {
      const bool bf16 = step->layer->traits().bf16;
      offered.push_back(bf16 ? layout : AsFloat(context_, layout));
    }
    const LayoutPlan plan = step->layer->PlanLayouts(offered);
    CHECK_EQ(plan.bottoms.size(), step->bottoms.size()) << step->location;
    CHECK_EQ(plan.tops.size(), step->tops.size()) << step->location;
    for (size_t b = 0; b < step->bottoms.size(); ++b) {
      if (places_[step->bottoms[b]].device != device ||
          !SameLayout(arriving[b], plan.bottoms[b])) {
        InsertReorder(step, b, plan.bottoms[b]);
      }
    }
    for (size_t t = 0; t < step->tops.size(); ++t) {
      Place& top = places_[step->tops[t]];
      const bool in_place =
          t < step->bottoms.size() && step->tops[t] == step->bottoms[t];
      CHECK(!in_place || SameLayout(top.layout, plan.tops[t]))
          << step->location << " changes the layout in place";
      top.layout = plan.tops[t];
      top.device = device;
    }
  }

  // Whether it lies on the host, where a data layer has read it.
  bool IsBatch(int place) const {
    if (places_[place].device != Device::kCpu) return false;
    for (const Step& step : planned_) {
      const auto& tops = step.tops;
      if (std::find(tops.begin(), tops.end(), place) == tops.end()) continue;
      return step.bottoms.empty();
    }
    return false;
  }

  // A step before `step` that brings its bottom b into `layout`.
  void InsertReorder(Step* step, size_t b, const LayoutPtr& layout) {
    const int from = step->bottoms[b];
    const int to = static_cast<int>(places_.size());
    const bool in_place = b < step->tops.size() && step->tops[b] == from;
    const bool down = step->propagate_down[b];

    Place place;
    place.name = places_[from].name;
    if (!in_place) place.name += "_" + LayoutName(layout);
    place.shape = places_[from].shape;
    place.layout = layout;
    place.device = step->layer->device();
    place.wants_diff = down || (in_place && places_[from].wants_diff);
    places_.push_back(place);

    LayerParameter param;
    param.set_name(step->layer->name() + "_reorder");
    param.set_type("Reorder");
    param.set_phase(step->layer->param().phase());
    param.add_bottom(places_[from].name);
    param.add_top(place.name);
    auto reorder = std::make_unique<Reorder>(param, context_);
    reorder->set_layout(layout);
    reorder->set_uploads(place.device == Device::kCuda && IsBatch(from));
    reorder->Reshape({place.shape});
    reorder->PlanBackward({down});
    reorder->PlanLayouts({places_[from].layout});

    Step reorder_step;
    reorder_step.inserted = true;
    reorder_step.layer = std::move(reorder);
    reorder_step.location = step->location;
    reorder_step.bottoms = {from};
    reorder_step.tops = {to};
    reorder_step.loss_weights = {0};
    reorder_step.backward = down;
    reorder_step.propagate_down = {down};
    planned_.push_back(std::move(reorder_step));

    step->bottoms[b] = to;
    if (in_place) {
      step->tops[b] = to;
      Move(from, to);
    }
  }

  const Context& context_;
  std::vector<Step>& steps_;
  std::vector<Step> planned_;
  std::deque<Place>& places_;
  std::vector<int> moved_;  // where each wired place is now
};

}  // namespace

void PlanLayouts(const Context& context, size_t done,
                 const std::function<void(Layer*)>& settle_params,
                 std::vector<Step>* steps, std::deque<Place>* places) {
  Planner(context, steps, places).Run(done, settle_params);
}

}  // namespace doppio
