#include "net/plan_table.h"

#include "net/plan_memory.h"
#include "net/summary.h"
#include "net/table.h"

namespace doppio {
namespace {

class PlanTable {
 public:
  explicit PlanTable(const Net& net)
      : net_(net),
        lives_(PlanLifetimes(net.steps(), net.places(), net.outputs())),
        arena_(PlaceInArena(lives_)) {}

  std::string Write() {
    for (const Step& step : net_.steps()) {
      if (step.absorbed_by == nullptr) AddStep(step);
    }
    return FormatTable(rows_, 5, false);
  }

 private:
  void AddStep(const Step& step) {
    const size_t first = rows_.size();
    rows_.push_back({step.layer->name(), step.layer->type(),
                     LayoutsOf(step.bottoms), LayoutsOf(step.tops),
                     AbsorbedBy(step), "", "", "", ""});
    size_t row = first;
    for (const int t : step.tops) {
      const size_t data = lives_.data[t].bytes, diff = lives_.diff[t].bytes;
      const bool shown = IsPlaced(step, t) && data + diff > 0;
      if (!shown) continue;
      if (row == rows_.size()) rows_.push_back(Row(rows_[0].size()));
      const size_t diff_value = net_.places().size() + t;
      SetPlace(data, arena_.offsets[t], &rows_[row][5]);
      SetPlace(diff, arena_.offsets[diff_value], &rows_[row][7]);
      ++row;
    }
  }

  using Row = std::vector<std::string>;

  // Two cells: how much, and from where on.
  static void SetPlace(size_t bytes, size_t offset, std::string* cells) {
    if (bytes == 0) return;
    cells[0] = Mebibytes(bytes);
    cells[1] = Mebibytes(offset);
  }

  // A step in place has its top's memory from a step before.
  static bool IsPlaced(const Step& step, int top) {
    for (const int b : step.bottoms) {
      if (b == top) return false;
    }
    return true;
  }

  std::string LayoutsOf(const std::vector<int>& places) const {
    std::string names;
    for (const int p : places) {
      const std::string name = LayoutName(net_.places()[p].layout);
      if (!names.empty()) names += ", ";
      names += name;
    }
    return names;
  }

  std::string AbsorbedBy(const Step& host) const {
    std::string names;
    for (const Step& step : net_.steps()) {
      if (step.absorbed_by != host.layer.get()) continue;
      names += (names.empty() ? "" : ", ") + step.layer->name();
    }
    return names;
  }

  const Net& net_;
  const Lifetimes lives_;
  const Arena arena_;
  std::vector<Row> rows_ = {{"step", "type", "takes", "gives", "does also",
                             "data MiB", "at", "diff MiB", "at"}};
};

}  // namespace

std::string ToPlanTable(const Net& net) { return PlanTable(net).Write(); }

}  // namespace doppio
