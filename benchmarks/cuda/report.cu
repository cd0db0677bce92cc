// What each layer takes on this GPU, beside the least that the GPU allows.
//
//   cuda_report --model=models/alexnet/train_val.prototxt --batch=128
//   cuda_report --floors ...   the floors alone, which need no GPU

#include <cuda_runtime.h>
#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <vector>

#include "core/cuda.h"
#include "core/random.h"
#include "cost.h"
#include "device/cuda_device.h"
#include "net/replace_data.h"

DEFINE_string(model, "models/alexnet/train_val.prototxt", "FILE: the net");
DEFINE_int32(batch, 128, "N: images per batch");
DEFINE_string(input_shape, "",
              "BLOB:N,C,H,W: shapes of data or Input layers' tops, separated "
              "by semicolons");
DEFINE_int32(runs, 20, "N: runs to time, after 3 to warm up");
DEFINE_bool(floors, false, "only what can be said without a GPU");
DEFINE_double(tflops, 67, "the GPU's peak, 10^12 operations in float a second");
DEFINE_double(terabytes, 3.35, "its memory's bandwidth, 10^12 bytes a second");

namespace doppio {
namespace {

// An event after each step of the runs; steps are told apart by their place in
// the sequence, which is the same in each run.
class Recorder {
 public:
  explicit Recorder(Net* net) : net_(*net) {
    net->set_observer([this](const Step& step, bool backward) {
      if (!recording_) return;
      Record();
      steps_.push_back(
          {static_cast<int>(&step - net_.steps().data()), backward});
    });
  }
  ~Recorder() {
    for (const cudaEvent_t event : events_) cudaEventDestroy(event);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The milliseconds of one run, by step: forward, and then backward.
  std::vector<double> Run() {
    recording_ = true;
    used_ = 0;
    steps_.clear();
    Record();
    net_.Forward();
    net_.Backward();
    recording_ = false;
    CheckCuda(cudaStreamSynchronize(Stream()), "cudaStreamSynchronize");
    const size_t count = net_.steps().size();
    std::vector<double> times(2 * count);
    for (size_t i = 0; i < steps_.size(); ++i) {
      float ms = 0;
      CheckCuda(cudaEventElapsedTime(&ms, events_[i], events_[i + 1]),
                "cudaEventElapsedTime");
      times[steps_[i].index + (steps_[i].backward ? count : 0)] += ms;
    }
    return times;
  }

 private:
  struct Seen {
    int index;
    bool backward;
  };

  void Record() {
    if (used_ == events_.size()) {
      events_.push_back(nullptr);
      CheckCuda(cudaEventCreate(&events_.back()), "cudaEventCreate");
    }
    CheckCuda(cudaEventRecord(events_[used_++], Stream()), "cudaEventRecord");
  }

  Net& net_;
  bool recording_ = false;
  size_t used_ = 0;
  std::vector<cudaEvent_t> events_;
  std::vector<Seen> steps_;
};

// The least of each step's times over the runs.
std::vector<double> LeastTimes(Net* net) {
  Recorder recorder(net);
  for (int run = 0; run < 3; ++run) recorder.Run();
  std::vector<double> least = recorder.Run();
  for (int run = 1; run < FLAGS_runs; ++run) {
    const std::vector<double> times = recorder.Run();
    for (size_t i = 0; i < times.size(); ++i) {
      least[i] = std::min(least[i], times[i]);
    }
  }
  return least;
}

void FillImages(Net* net) {
  Blob* images = net->blob("data");
  if (images == nullptr) return;
  const RandomStream random(1, Draw::kTest, 0);
  std::vector<float> values(images->data.count());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 256 * random.Uniform(i) - 128;
  }
  images->data.CopyFrom(values);
}

struct Total {
  double floor = 0, expected = 0, measured = 0;
};

// Milliseconds: the floor, what we expect, and what was measured if it was.
void PrintDirection(const Cost& cost, const double* measured, Total* total) {
  const GpuPeak peak = {FLAGS_tflops * 1e12, FLAGS_terabytes * 1e12};
  const double floor = 1e3 * cost.Floor(peak);
  std::printf(" | %.3f %s | %.3f", floor,
              cost.flops / peak.flops > cost.bytes / peak.bandwidth ? "F" : "B",
              1e3 * cost.Expected(peak));
  if (measured != nullptr) {
    std::printf(" | %.3f | %.1f", *measured, floor > 0 ? *measured / floor : 0);
    total->measured += *measured;
  }
  total->floor += floor;
  total->expected += 1e3 * cost.Expected(peak);
}

void PrintTable(const Net& net, const std::vector<double>& times) {
  std::printf("| layer | type");
  for (const char* direction : {"forward", "backward"}) {
    std::printf(" | %s floor | expected", direction);
    if (!times.empty()) std::printf(" | measured | ratio");
  }
  std::printf(" |\n");
  Total totals[2];
  const size_t count = net.steps().size();
  for (size_t i = 0; i < count; ++i) {
    const Step& step = net.steps()[i];
    if (step.bottoms.empty() || step.inserted) continue;
    std::printf("| %s | %s", step.layer->name().c_str(),
                step.layer->type().c_str());
    PrintDirection(ForwardCost(net, step), times.empty() ? nullptr : &times[i],
                   &totals[0]);
    if (step.backward) {
      PrintDirection(BackwardCost(net, step),
                     times.empty() ? nullptr : &times[count + i], &totals[1]);
    }
    std::printf(" |\n");
  }
  std::printf("| together |");
  for (const Total& total : totals) {
    std::printf(" | %.3f | %.3f", total.floor, total.expected);
    if (times.empty()) continue;
    std::printf(" | %.3f | %.1f", total.measured, total.measured / total.floor);
  }
  std::printf(" |\n");
}

void Main() {
  const Context context(SelectDevice(FLAGS_floors ? "cpu" : "cuda:0"));
  NetSource source = ReadNet(FLAGS_model);
  source.net.mutable_state()->set_phase(TRAIN);
  InputOptions inputs;
  inputs.shapes = ParseInputShapes(FLAGS_input_shape);
  inputs.batch = FLAGS_input_shape.empty() ? FLAGS_batch : 0;
  Net::Options options;
  options.allocate = !FLAGS_floors;
  options.fuse = false;
  Net net(ReplaceDataLayers(source, inputs, context).source, context, options);
  std::vector<double> times;
  if (!FLAGS_floors) {
    std::cout << DescribeGpu(CurrentGpu()) << "\n";
    FillImages(&net);
    times = LeastTimes(&net);
  }
  std::cout << FLAGS_model << ", batch " << net.places()[0].shape[0]
            << ", milliseconds; F: bound by arithmetic, B: by memory\n\n";
  PrintTable(net, times);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  try {
    doppio::Main();
  } catch (const doppio::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
