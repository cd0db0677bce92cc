#include "net/plan_memory.h"

#include <algorithm>
#include <numeric>

namespace doppio {
namespace {

constexpr size_t kAlignment = 64;

size_t RoundUp(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

bool Overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

// Marks the moments at which the steps touch each place.
class Calendar {
 public:
  Calendar(const std::vector<Step>& steps, const std::deque<Place>& places)
      : steps_(steps), places_(places) {
    lives_.data.assign(places.size(), Never());
    lives_.diff.assign(places.size(), Never());
    owner_.resize(places.size());
    std::iota(owner_.begin(), owner_.end(), 0);
    lives_.diff_owner = owner_;
  }

  Lifetimes Run(const std::vector<Output>& outputs) {
    for (size_t i = 0; i < steps_.size(); ++i) MarkStep(i);
    for (const Output& output : outputs) MarkAlways(output.place);
    ShareData();
    for (size_t p = 0; p < places_.size(); ++p) {
      const Place& place = places_[p];
      const size_t bytes = StorageBytes(place.shape, place.layout);
      Lifetime& data = lives_.data[p];
      data.bytes = owner_[p] == static_cast<int>(p) && made_[p] ? bytes : 0;
      Lifetime& diff = lives_.diff[p];
      diff.bytes = place.wants_diff && touched_[p] ? bytes : 0;
      // Zeros that no step writes have to stay zeros.
      if (!written_[p]) diff = {diff.bytes, 0, End()};
    }
    for (const Step& step : steps_) ShareDiff(step);
    return lives_;
  }

 private:
  static Lifetime Never() { return {0, 1 << 30, -1}; }
  int End() const { return 2 * static_cast<int>(steps_.size()); }

  static void Touch(Lifetime* life, int moment) {
    life->first = std::min(life->first, moment);
    life->last = std::max(life->last, moment);
  }

  void MarkAlways(int place) {
    always_[place] = true;
    for (Lifetime* life : {&lives_.data[place], &lives_.diff[place]}) {
      Touch(life, 0);
      Touch(life, End());
    }
  }

  void MarkStep(size_t i) {
    const Step& step = steps_[i];
    if (step.absorbed_by != nullptr) return;
    const LayerTraits traits = step.layer->traits();
    const int forward = static_cast<int>(i);
    const int backward = End() - 1 - forward;
    for (const int b : step.bottoms) {
      Touch(&lives_.data[b], forward);
      if (step.backward && traits.backward_reads_bottoms) {
        Touch(&lives_.data[b], backward);
      }
    }
    for (const int t : step.tops) {
      touched_[t] = true;
      Touch(&lives_.data[t], forward);
      if (step.backward && traits.backward_reads_tops) {
        Touch(&lives_.data[t], backward);
      }
      if (step.backward) Touch(&lives_.diff[t], backward);
      if (step.bottoms.empty()) MarkAlways(t);
      if (!traits.shares_data) made_[t] = true;
      if (traits.shares_data && !step.bottoms.empty()) {
        owner_[t] = owner_[step.bottoms[0]];
      }
    }
    for (size_t b = 0; b < step.bottoms.size(); ++b) {
      if (!step.propagate_down[b]) continue;
      Touch(&lives_.diff[step.bottoms[b]], backward);
      written_[step.bottoms[b]] = true;
    }
  }

  // Whoever's data others share lives as long as they do.
  void ShareData() {
    for (size_t p = 0; p < places_.size(); ++p) {
      Lifetime& owner = lives_.data[owner_[p]];
      if (lives_.data[p].last < 0) continue;
      Touch(&owner, lives_.data[p].first);
      Touch(&owner, lives_.data[p].last);
    }
  }

  // In the order of the steps, so that the bottom's owner is final.
  void ShareDiff(const Step& step) {
    if (step.absorbed_by != nullptr || !step.layer->traits().diff_in_place ||
        step.bottoms.empty() || !step.propagate_down[0]) {
      return;
    }
    const int from = step.tops[0], to = step.bottoms[0];
    const Lifetime& life = lives_.diff[from];
    if (from == to || always_[from] || !written_[from] ||
        life.bytes != lives_.diff[to].bytes) {
      return;
    }
    lives_.diff_owner[from] = lives_.diff_owner[to];
    Lifetime& owner = lives_.diff[lives_.diff_owner[to]];
    Touch(&owner, life.first);
    Touch(&owner, life.last);
  }

  const std::vector<Step>& steps_;
  const std::deque<Place>& places_;
  Lifetimes lives_;
  std::vector<int> owner_;  // whose data a place shares; itself if its own
  std::vector<bool> made_ = std::vector<bool>(places_.size());
  std::vector<bool> always_ = std::vector<bool>(places_.size());
  std::vector<bool> touched_ = std::vector<bool>(places_.size());
  std::vector<bool> written_ = std::vector<bool>(places_.size());
};

}  // namespace

// Largest first, each at the lowest offset free during its life; within a few
// percent of the best for the chains that nets are.
Arena PlaceInArena(const std::vector<Lifetime>& lifetimes) {
  Arena arena;
  arena.offsets.resize(lifetimes.size());
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return lifetimes[a].bytes > lifetimes[b].bytes;
  });
  std::vector<size_t> placed;  // by offset
  for (const size_t i : order) {
    if (lifetimes[i].bytes == 0) continue;
    size_t offset = 0;
    for (const size_t other : placed) {
      if (!Overlap(lifetimes[i], lifetimes[other])) continue;
      if (offset + lifetimes[i].bytes <= arena.offsets[other]) break;
      offset = std::max(offset,
                        RoundUp(arena.offsets[other] + lifetimes[other].bytes));
    }
    arena.offsets[i] = offset;
    arena.bytes = std::max(arena.bytes, RoundUp(offset + lifetimes[i].bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](size_t a, size_t b) {
                                     return arena.offsets[a] < arena.offsets[b];
                                   }),
                  i);
  }
  return arena;
}

Lifetimes PlanLifetimes(const std::vector<Step>& steps,
                        const std::deque<Place>& places,
                        const std::vector<Output>& outputs) {
  return Calendar(steps, places).Run(outputs);
}

size_t SumOfBytes(const Lifetimes& lifetimes) {
  size_t bytes = 0;
  for (const Lifetime& life : lifetimes.data) bytes += life.bytes;
  for (const Lifetime& life : lifetimes.diff) bytes += life.bytes;
  return bytes;
}

Arena PlaceInArena(const Lifetimes& lifetimes) {
  const size_t places = lifetimes.data.size();
  std::vector<Lifetime> all = lifetimes.data;
  all.insert(all.end(), lifetimes.diff.begin(), lifetimes.diff.end());
  const auto owner = [&](size_t p) { return lifetimes.diff_owner[p]; };
  for (size_t p = 0; p < places; ++p) {
    if (owner(p) != static_cast<int>(p)) all[places + p].bytes = 0;
  }
  Arena arena = PlaceInArena(all);
  for (size_t p = 0; p < places; ++p) {
    arena.offsets[places + p] = arena.offsets[places + owner(p)];
  }
  return arena;
}

}  // namespace doppio
