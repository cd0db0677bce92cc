#include <chrono>
#include <iostream>
#include <memory>

#include "doppio/net.h"
#include "net/fold_batch_norm.h"
#include "net/load_weights.h"
#include "net/summary.h"
#include "run_flags.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(weights, "", "FILES: the trained parameters, .caffemodel files");
DEFINE_int32(iterations, 50, "N: batches to run");
DEFINE_string(stage, "", "A,B: stages that include and exclude rules see");
DEFINE_int32(level, 0, "N: the level that include and exclude rules see");
DEFINE_bool(fold_batchnorm, false,
            "merge BatchNorm and Scale layers into those before them");
DEFINE_bool(allow_unmatched, false,
            "run also if no layer of the net has its parameters in --weights");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Runs the TEST phase of a trained net over its data, and prints the mean\n"
    "of each output: accuracy, loss.\n"
    "\n"
    "  evaluate --model=train_val.prototxt --weights=net.caffemodel";

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Sums of each output over the batches, element by element.
class Means {
 public:
  void Add(const Net& net) {
    sums_.resize(net.outputs().size());
    for (size_t o = 0; o < sums_.size(); ++o) {
      const Place& place = net.places()[net.outputs()[o].place];
      const std::vector<float> values = place.blob.data.ToVector();
      std::vector<double>& sums = sums_[o];
      sums.resize(std::max(sums.size(), values.size()));
      for (size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
    }
    ++batches_;
  }

  std::vector<double> Of(size_t output) const {
    std::vector<double> means = sums_.at(output);
    for (double& mean : means) mean /= batches_;
    return means;
  }

 private:
  std::vector<std::vector<double>> sums_;
  int batches_ = 0;
};

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

// The images of one batch: the first extent of the first layer's top.
int BatchOf(const Net& net) {
  for (const Step& step : net.steps()) {
    if (!step.bottoms.empty() || step.tops.empty()) continue;
    const Shape& shape = step.top_blobs[0]->shape();
    return shape.axes() > 0 ? shape[0] : 1;
  }
  return 1;
}

void Main() {
  Require(!FLAGS_model.empty() && !FLAGS_weights.empty(),
          "give --model=FILE and --weights=FILE; --help says more");
  Require(FLAGS_iterations >= 1, "--iterations=", FLAGS_iterations,
          "; at least 1 batch is needed");
  NetSource source = ReadNetToRun(FLAGS_model);
  source.net.mutable_state()->set_phase(TEST);
  AddToState(FLAGS_stage, FLAGS_level, source.net.mutable_state());
  Net::Options options;
  options.backward = false;
  options.reuse_memory = true;
  const Context context = RunContext();
  auto built = std::make_unique<Net>(source, context, options);
  LoadWeights(FLAGS_weights, FLAGS_allow_unmatched, built.get());
  if (FLAGS_fold_batchnorm) {
    built = FoldBatchNorm(*built, FLAGS_model, context, options);
  }
  Net& net = *built;

  Means means;
  double loss = 0;
  int64_t images = 0;
  const Clock::time_point start = Clock::now();
  Clock::time_point told = start;
  for (int i = 0; i < FLAGS_iterations; ++i) {
    loss += net.Forward();
    means.Add(net);
    images += BatchOf(net);
    if (SecondsSince(told) > 5) {
      LOG(INFO) << i + 1 << " of " << FLAGS_iterations << " batches";
      told = Clock::now();
    }
  }
  const double seconds = SecondsSince(start);
  for (size_t o = 0; o < net.outputs().size(); ++o) {
    const Output& output = net.outputs()[o];
    PrintOutput(output, net.places()[output.place].shape, means.Of(o));
  }
  std::cout << "total loss = " << loss / FLAGS_iterations << "\n"
            << WithThousands(images) << " images in " << FLAGS_iterations
            << " batches, " << seconds << " s: " << images / seconds
            << " images/s\n";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
