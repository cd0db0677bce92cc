#include "net/summary.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <sstream>
#include <utility>

#include "net/plan_memory.h"
#include "net/table.h"

namespace doppio {
namespace {

using Types = std::map<std::string, std::string>;

std::string TypeOf(const Layer& layer, const Types& replaced) {
  const auto found = replaced.find(layer.name());
  return found == replaced.end() ? layer.type() : found->second;
}

std::string OutputOf(const Net& net, const Step& step) {
  std::ostringstream out;
  for (size_t t = 0; t < step.tops.size(); ++t) {
    const Place& top = net.places()[step.tops[t]];
    const bool again = t > 0 && top.shape == net.places()[step.tops[0]].shape;
    if (!again) out << (t > 0 ? ", " : "") << top.shape;
  }
  if (step.layer->type() == "Reorder") {
    out << " " << LayoutName(net.places()[step.tops[0]].layout);
  }
  return out.str();
}

void CountParams(const Net& net, const Step& step, StepSummary* summary) {
  std::set<const Parameter*> owned;
  for (const Learnable& learnable : net.learnables()) {
    owned.insert(learnable.param);
  }
  for (const Parameter& param : step.layer->params()) {
    if (!owned.count(&param)) continue;
    const size_t bytes = StorageBytes(param.shape, param.layout);
    (param.statistic ? summary->statistics : summary->parameters) +=
        param.shape.count();
    summary->parameter_bytes += bytes;
    if (param.learns) summary->gradient_bytes += bytes;
  }
}

void AddTo(StepSummary* total, const StepSummary& step) {
  total->parameters += step.parameters;
  total->statistics += step.statistics;
  total->multiply_adds += step.multiply_adds;
  total->blob_bytes += step.blob_bytes;
  total->parameter_bytes += step.parameter_bytes;
  total->gradient_bytes += step.gradient_bytes;
}

using Row = std::vector<std::string>;

Row ToRow(const StepSummary& step) {
  return {step.name,
          step.type,
          step.output,
          WithThousands(step.parameters),
          WithThousands(step.multiply_adds),
          Mebibytes(step.blob_bytes),
          Mebibytes(step.parameter_bytes),
          Mebibytes(step.gradient_bytes)};
}

// A string of Graphviz's, with \n for line breaks.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace

NetSummary Summarize(const Net& net, const Types& replaced) {
  const Lifetimes lives =
      PlanLifetimes(net.steps(), net.places(), net.outputs());
  NetSummary summary;
  summary.total.name = "total";
  std::set<int> counted;
  for (const Step& step : net.steps()) {
    StepSummary s;
    s.name = step.layer->name();
    s.type = TypeOf(*step.layer, replaced);
    s.output = OutputOf(net, step);
    s.inserted = step.inserted;
    s.multiply_adds = step.layer->multiply_adds();
    CountParams(net, step, &s);
    for (const int t : step.tops) {
      if (!counted.insert(t).second) continue;
      s.blob_bytes += lives.data[t].bytes + lives.diff[t].bytes;
    }
    AddTo(&summary.total, s);
    summary.steps.push_back(s);
  }
  for (const Step& step : net.steps()) {
    if (!step.bottoms.empty() || step.tops.empty()) continue;
    const Shape& shape = net.places()[step.tops[0]].shape;
    if (shape.axes() > 0) summary.batch = std::max(1, shape[0]);
    break;
  }
  return summary;
}

std::string ToTable(const NetSummary& summary) {
  std::vector<Row> rows = {{"layer", "type", "output", "parameters",
                            "multiply-adds", "blobs MiB", "weights",
                            "gradients"}};
  for (const StepSummary& step : summary.steps) rows.push_back(ToRow(step));
  rows.push_back(ToRow(summary.total));
  constexpr size_t kTextColumns = 3;
  return FormatTable(rows, kTextColumns, /*total=*/true);
}

std::string WithThousands(int64_t number) {
  std::string digits = std::to_string(number);
  const int first = number < 0 ? 1 : 0;
  for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(at, ",");
  }
  return digits;
}

std::string Mebibytes(size_t bytes) {
  // In hundredths, rounded.
  const int64_t hundredths =
      (static_cast<int64_t>(bytes) * 100 + (1 << 19)) >> 20;
  std::ostringstream out;
  out << WithThousands(hundredths / 100) << "." << std::setfill('0')
      << std::setw(2) << hundredths % 100;
  return out.str();
}

std::string ToDot(const Net& net, const Types& replaced) {
  std::ostringstream dot;
  dot << "digraph " << Quoted(net.name()) << " {\n"
      << "  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n"
      << "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  std::map<int, size_t> maker;  // of each place, the newest step
  for (size_t i = 0; i < net.steps().size(); ++i) {
    const Step& step = net.steps()[i];
    dot << "  layer" << i << " [label="
        << Quoted(step.layer->name() + "\n" + TypeOf(*step.layer, replaced))
        << "];\n";
    for (const int b : step.bottoms) {
      const Place& place = net.places()[b];
      dot << "  layer" << maker.at(b) << " -> layer" << i
          << " [label=" << Quoted(place.name + "\n" + ToString(place.shape))
          << "];\n";
    }
    for (const int t : step.tops) maker[t] = i;
  }
  for (const Output& output : net.outputs()) {
    const Place& place = net.places()[output.place];
    dot << "  blob" << output.place
        << " [shape=plaintext, label=" << Quoted(output.name) << "];\n  layer"
        << maker.at(output.place) << " -> blob" << output.place
        << " [label=" << Quoted(ToString(place.shape)) << "];\n";
  }
  dot << "}\n";
  return dot.str();
}

}  // namespace doppio
