#include <chrono>
#include <iostream>
#include <memory>

#include "data/label_names.h"
#include "data/pictures.h"
#include "doppio/net.h"
#include "io/file.h"
#include "net/fold_batch_norm.h"
#include "net/load_weights.h"
#include "net/summary.h"
#include "run_flags.h"
#include "solver/class_scores.h"
#include "solver/epochs.h"
#include "solver/mistakes.h"
#include "solver/output_means.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(weights, "", "FILES: the trained parameters, .caffemodel files");
DEFINE_int32(iterations, 50, "N: batches to run");
DEFINE_string(stage, "", "A,B: stages that include and exclude rules see");
DEFINE_int32(level, 0, "N: the level that include and exclude rules see");
DEFINE_bool(fold_batchnorm, false,
            "merge BatchNorm and Scale layers into those before them");
DEFINE_bool(whole, false, "run the whole set once, in place of --iterations");
DEFINE_int32(crops, 1,
             "N: 10 averages over crops at the corners and in the centre, and "
             "their mirror images");
DEFINE_bool(per_class, false, "print a line for each class");
DEFINE_string(labels, "",
              "FILE: the names of the classes, one a line; if not given, those "
              "in the database");
DEFINE_string(confusion, "",
              "FILE.csv|FILE.png: write which class was taken for which, as a "
              "table or as a picture; or both, separated by a comma");
DEFINE_int32(worst, 0, "N: list so many of the worst mistakes");
DEFINE_string(worst_sheet, "",
              "FILE.png: with --worst, draw their images, true and supposed "
              "class below");
DEFINE_bool(allow_unmatched, false,
            "run also if no layer of the net has its parameters in --weights");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Runs the TEST phase of a trained net over its data, and prints the mean\n"
    "of each output: accuracy, loss; of nets that tell classes apart also the\n"
    "share of images whose class is the best, and is among the best five.\n"
    "\n"
    "  evaluate --model=train_val.prototxt --weights=net.caffemodel\n"
    "  evaluate ... --whole --crops=10 --per_class --confusion=c.csv,c.png\n"
    "    --worst=24 --worst_sheet=worst.png";

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One line for a scalar, one for each element of what has one axis (accuracies
// per class), and one for what is as large as a batch of images.
void PrintOutput(const Output& output, const Shape& shape,
                 const std::vector<double>& means) {
  if (shape.axes() > 1) {
    double mean = 0;
    for (const double m : means) mean += m / means.size();
    std::cout << output.name << " = " << mean << " (the mean of " << shape
              << " values)\n";
    return;
  }
  for (size_t i = 0; i < means.size(); ++i) {
    std::cout << output.name;
    if (shape.axes() > 0) std::cout << "[" << i << "]";
    std::cout << " = " << means[i];
    if (output.loss_weight != 0) {
      std::cout << " (* " << output.loss_weight << " = "
                << output.loss_weight * means[i] << " loss)";
    }
    std::cout << "\n";
  }
}

bool WantsClasses() {
  return FLAGS_crops > 1 || FLAGS_per_class || !FLAGS_confusion.empty() ||
         FLAGS_worst > 0;
}

void CheckFlags() {
  Require(!FLAGS_model.empty() && !FLAGS_weights.empty(),
          "give --model=FILE and --weights=FILE; --help says more");
  Require(FLAGS_iterations >= 1, "--iterations=", FLAGS_iterations,
          "; at least 1 batch is needed");
  Require(FLAGS_crops == 1 || FLAGS_crops == 10, "--crops=", FLAGS_crops,
          " is neither 1 nor 10");
  Require(FLAGS_worst >= 0, "--worst=", FLAGS_worst, " is negative");
  Require(FLAGS_worst_sheet.empty() || FLAGS_worst > 0,
          "--worst_sheet draws the mistakes that --worst=N asks for");
}

NetSource Source() {
  NetSource source = ReadNetToRun(FLAGS_model);
  source.net.mutable_state()->set_phase(TEST);
  AddToState(FLAGS_stage, FLAGS_level, source.net.mutable_state());
  if (FLAGS_whole) CutLastBatches(&source.net);
  if (FLAGS_crops > 1) TakeCrops(FLAGS_crops, &source.net);
  return source;
}

std::unique_ptr<Net> BuildNet() {
  Net::Options options;
  options.backward = false;
  options.reuse_memory = true;
  const Context context = RunContext();
  auto net = std::make_unique<Net>(Source(), context, options);
  LoadWeights(FLAGS_weights, FLAGS_allow_unmatched, net.get());
  if (!FLAGS_fold_batchnorm) return net;
  return FoldBatchNorm(*net, FLAGS_model, context, options);
}

// Runs that many batches, and prints the outputs' means and the speed.
void Run(int batches, Net* net) {
  OutputMeans means;
  const Clock::time_point start = Clock::now();
  Clock::time_point told = start;
  for (int i = 0; i < batches; ++i) {
    const float loss = net->Forward();
    means.Add(*net, loss);
    if (SecondsSince(told) > 5) {
      LOG(INFO) << i + 1 << " of " << batches << " batches";
      told = Clock::now();
    }
  }
  const double seconds = SecondsSince(start);
  for (size_t o = 0; o < net->outputs().size(); ++o) {
    const Output& output = net->outputs()[o];
    PrintOutput(output, net->places()[output.place].shape, means.Of(o));
  }
  std::cout << "total loss = " << means.loss() << "\n"
            << WithThousands(means.images())
            << (FLAGS_crops > 1 ? " crops" : " images") << " in " << batches
            << " batches, " << seconds << " s: " << means.images() / seconds
            << (FLAGS_crops > 1 ? " crops/s\n" : " images/s\n");
}

void PrintClasses(const ClassScores& scores) {
  const Classification& result = scores.result();
  std::cout << "top-1 = " << result.TopK(1);
  if (result.classes() > 5) std::cout << ", top-5 = " << result.TopK(5);
  std::cout << " of " << WithThousands(result.images()) << " images"
            << (FLAGS_crops > 1 ? ", by the mean of 10 crops" : "") << "\n";
  const std::vector<std::string> names =
      FLAGS_labels.empty()
          ? LabelNames(scores.data().param().data_param().source())
          : ReadNames(FLAGS_labels);
  if (FLAGS_per_class) {
    std::cout << "\n";
    result.PrintTable(names, &std::cout);
  }
  for (const std::string& file : SplitText(FLAGS_confusion, ',')) {
    if (EndsWith(file, ".csv")) {
      WriteFileAtomically(file, result.ConfusionCsv(names));
    } else {
      WritePicture(file,
                   ConfusionPicture(result.confusion(), result.classes()));
    }
  }
  if (FLAGS_worst > 0) std::cout << "\n";
  PrintMistakes(scores, names, &std::cout);
  if (!FLAGS_worst_sheet.empty()) {
    WritePicture(FLAGS_worst_sheet, MistakeSheet(scores, names));
  }
}

void Main() {
  CheckFlags();
  const std::unique_ptr<Net> net = BuildNet();
  const bool classes = ClassScores::Has(*net);
  Require(
      classes || !WantsClasses(), FLAGS_model,
      " has no Accuracy or SoftmaxWithLoss layer behind a Data or ImageData "
      "layer, whose classes could be told");
  std::unique_ptr<ClassScores> scores;
  if (classes) {
    const bool confusion = FLAGS_per_class || !FLAGS_confusion.empty();
    scores = std::make_unique<ClassScores>(net.get(), FLAGS_crops, FLAGS_worst,
                                           confusion);
  }
  Run(FLAGS_whole ? BatchesOfWholeSet(*net) : FLAGS_iterations, net.get());
  if (classes) PrintClasses(*scores);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
