#include <iostream>
#include <set>

#include "doppio/net.h"
#include "io/file.h"
#include "net/filter.h"
#include "net/memory_need.h"
#include "net/plan_table.h"
#include "net/replace_data.h"
#include "net/summary.h"
#include "tool.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(phase, "",
              "TRAIN|TEST: the default is the file's state, or TRAIN");
DEFINE_string(stage, "", "A,B: stages that include and exclude rules see");
DEFINE_int32(level, 0, "N: the level that include and exclude rules see");
DEFINE_string(input_shape, "",
              "BLOB:N,C,H,W: shapes of data or Input layers' tops, separated "
              "by semicolons");
DEFINE_bool(plan, false,
            "show the steps as they will run: layouts, what is merged, where "
            "each blob lies");
DEFINE_string(dot, "", "FILE: also write the graph, for Graphviz's dot");
DEFINE_bool(winograd, true,
            "Winograd's algorithm where it is faster; --winograd=false: none");
DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Shows the layers of a net: shapes, parameters, multiply-adds, memory.\n"
    "No data set is needed where the net says the shape of its images.\n"
    "\n"
    "  inspect --model=models/alexnet/train_val.prototxt\n"
    "  inspect --model=net.prototxt --input_shape=data:64,3,227,227 "
    "--dot=net.dot\n"
    "\n"
    "Memory is in MiB: blobs are the values between the layers and their\n"
    "gradients, weights the parameters, gradients those of the parameters. In\n"
    "the sums at the end, blobs that do not live at the same time share "
    "theirs;\n"
    "--plan shows how.";

bool HasSource(const NetParameter& net) {
  for (const LayerParameter& layer : net.layer()) {
    if (layer.bottom_size() == 0) return true;
  }
  return false;
}

// Whether every blob that a layer takes is made before.
bool IsWhole(const NetParameter& net) {
  std::set<std::string> made;
  for (const LayerParameter& layer : net.layer()) {
    for (const std::string& bottom : layer.bottom()) {
      if (!made.count(bottom)) return false;
    }
    made.insert(layer.top().begin(), layer.top().end());
  }
  return HasSource(net);
}

// The phase to show: TRAIN, unless only TEST makes a whole net.
Phase PhaseOf(NetSource source) {
  const auto in = [&](Phase phase) {
    source.net.mutable_state()->set_phase(phase);
    return FilterLayers(source).net;
  };
  if (IsWhole(in(TRAIN))) return TRAIN;
  return IsWhole(in(TEST)) || !HasSource(in(TRAIN)) ? TEST : TRAIN;
}

// Without --phase and a state in the file, PhaseOf says the phase.
NetSource ReadSource() {
  Require(!FLAGS_model.empty(), "give --model=FILE; --help says more");
  NetSource source = ReadNet(FLAGS_model, Unknown(FLAGS_lenient));
  if (!FLAGS_winograd) source.net.set_winograd(false);
  NetState* state = source.net.mutable_state();
  AddToState(FLAGS_stage, FLAGS_level, state);
  if (!FLAGS_phase.empty()) {
    state->set_phase(ParsePhase(FLAGS_phase));
  } else if (!state->has_phase()) {
    state->set_phase(PhaseOf(source));
  }
  return source;
}

void PrintTotals(const Net& net, const NetSummary& summary) {
  size_t inserted[2] = {};  // splits, reorders
  for (const StepSummary& step : summary.steps) {
    if (step.inserted) ++inserted[step.type == "Reorder"];
  }
  const StepSummary& total = summary.total;
  std::cout << "\n"
            << (net.name().empty() ? FLAGS_model : net.name()) << ", "
            << Phase_Name(net.phase())
            << " phase: " << summary.steps.size() - inserted[0] - inserted[1]
            << " layers; inserted: " << inserted[0] << " splits, "
            << inserted[1] << " layout reorders\n"
            << WithThousands(total.parameters) << " parameters"
            << (total.statistics > 0
                    ? ", and " + WithThousands(total.statistics) +
                          " numbers of running statistics\n"
                    : "\n")
            << WithThousands(total.multiply_adds / summary.batch)
            << " multiply-adds per image, forward ("
            << WithThousands(total.multiply_adds) << " for the batch of "
            << summary.batch << ")\n";
}

// Each purpose has a context of its own, whose scratch memory is its alone.
Net Plan(const NetSource& source, const Context& context, bool backward) {
  Net::Options options;
  options.allocate = false;
  options.reuse_memory = true;
  options.backward = backward;
  return Net(source, context, options);
}

void PrintMemory(const NetSource& source, const Net& net,
                 const Context& context) {
  constexpr int kSgdHistories = 1;
  const Context forward_only;
  const Net inference = Plan(source, forward_only, false);
  const MemoryNeed need = PredictMemory(inference, forward_only, 0);
  std::cout << "memory forward only: " << ToString(need) << "\n";
  for (const Step& step : net.steps()) {
    if (!step.backward) continue;
    std::cout << "memory in training with SGD: "
              << ToString(PredictMemory(net, context, kSgdHistories)) << "\n";
    return;
  }
}

void Main() {
  InputOptions inputs;
  inputs.shapes = ParseInputShapes(FLAGS_input_shape);
  inputs.shapes_only = true;
  const Context context;
  const DataFreeNet model = ReplaceDataLayers(ReadSource(), inputs, context);
  const Net net = Plan(model.source, context, true);
  const NetSummary summary = Summarize(net, model.replaced);
  std::cout << (FLAGS_plan ? ToPlanTable(net) : ToTable(summary));
  PrintTotals(net, summary);
  PrintMemory(model.source, net, context);
  if (!FLAGS_dot.empty()) {
    WriteFileAtomically(FLAGS_dot, ToDot(net, model.replaced));
    std::cout << "graph written to " << FLAGS_dot << "; draw it with dot -Tsvg "
              << FLAGS_dot << " -o net.svg\n";
  }
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
