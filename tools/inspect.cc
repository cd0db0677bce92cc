#include <iostream>

#include "doppio/net.h"
#include "io/file.h"
#include "net/filter.h"
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
DEFINE_string(dot, "", "FILE: also write the graph, for Graphviz's dot");
DEFINE_bool(winograd, true,
            "Winograd's algorithm for the convolutions that it makes faster");

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
    "gradients, weights the parameters, gradients those of the parameters.";

bool HasSource(const NetParameter& net) {
  for (const LayerParameter& layer : net.layer()) {
    if (layer.bottom_size() == 0) return true;
  }
  return false;
}

// Without --phase and a state in the file: TRAIN, unless it has no data then.
NetSource ReadSource() {
  Require(!FLAGS_model.empty(), "give --model=FILE; --help says more");
  NetSource source = ReadNet(FLAGS_model);
  if (!FLAGS_winograd) source.net.set_winograd(false);
  NetState* state = source.net.mutable_state();
  AddToState(FLAGS_stage, FLAGS_level, state);
  if (!FLAGS_phase.empty()) {
    state->set_phase(ParsePhase(FLAGS_phase));
  } else if (!state->has_phase()) {
    state->set_phase(TRAIN);
    if (!HasSource(FilterLayers(source).net)) state->set_phase(TEST);
  }
  return source;
}

void PrintTotals(const Net& net, const NetSummary& summary,
                 size_t reused_bytes) {
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
            << WithThousands(total.parameters) << " parameters\n"
            << WithThousands(total.multiply_adds / summary.batch)
            << " multiply-adds per image, forward ("
            << WithThousands(total.multiply_adds) << " for the batch of "
            << summary.batch << ")\n"
            << Mebibytes(total.blob_bytes + total.parameter_bytes +
                         total.gradient_bytes)
            << " MiB of memory; blobs that do not live at the same time can "
            << "share theirs, then "
            << Mebibytes(reused_bytes + total.parameter_bytes +
                         total.gradient_bytes)
            << " MiB\n";
}

void Main() {
  InputOptions inputs;
  inputs.shapes = ParseInputShapes(FLAGS_input_shape);
  const Context context;
  const DataFreeNet model = ReplaceDataLayers(ReadSource(), inputs, context);
  Net::Options options;
  options.allocate = false;
  options.reuse_memory = true;
  const Net net(model.source, context, options);
  const NetSummary summary = Summarize(net, model.replaced);
  std::cout << ToTable(summary);
  PrintTotals(net, summary, net.blob_bytes());
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
