// The layers of AlexNet one by one, as they run in the net: in the layouts that
// are carried through it, forward and backward.
//
//   layers_benchmark --benchmark_filter=conv

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "doppio/net.h"

namespace doppio {
namespace {

constexpr int kBatch = 64;

// Krizhevsky et al. 2012, with the groups that it had for its two GPUs.
constexpr char kAlexNet[] = R"(
  layer { name: "data" type: "Input" top: "data"
    input_param { shape { dim: 64 dim: 3 dim: 227 dim: 227 } } }
  layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
    convolution_param { num_output: 96 kernel_size: 11 stride: 4
      weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
  layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1"
    lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
  layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
    pooling_param { kernel_size: 3 stride: 2 } }
  layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
    convolution_param { num_output: 256 kernel_size: 5 pad: 2 group: 2
      weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
  layer { name: "norm2" type: "LRN" bottom: "conv2" top: "norm2"
    lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
  layer { name: "pool2" type: "Pooling" bottom: "norm2" top: "pool2"
    pooling_param { kernel_size: 3 stride: 2 } }
  layer { name: "conv3" type: "Convolution" bottom: "pool2" top: "conv3"
    convolution_param { num_output: 384 kernel_size: 3 pad: 1
      weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu3" type: "ReLU" bottom: "conv3" top: "conv3" }
  layer { name: "conv4" type: "Convolution" bottom: "conv3" top: "conv4"
    convolution_param { num_output: 384 kernel_size: 3 pad: 1 group: 2
      weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu4" type: "ReLU" bottom: "conv4" top: "conv4" }
  layer { name: "conv5" type: "Convolution" bottom: "conv4" top: "conv5"
    convolution_param { num_output: 256 kernel_size: 3 pad: 1 group: 2
      weight_filler { type: "gaussian" std: 0.01 } } }
  layer { name: "relu5" type: "ReLU" bottom: "conv5" top: "conv5" }
  layer { name: "pool5" type: "Pooling" bottom: "conv5" top: "pool5"
    pooling_param { kernel_size: 3 stride: 2 } }
  layer { name: "fc6" type: "InnerProduct" bottom: "pool5" top: "fc6"
    inner_product_param { num_output: 4096
      weight_filler { type: "gaussian" std: 0.005 } } }
  layer { name: "relu6" type: "ReLU" bottom: "fc6" top: "fc6" }
  layer { name: "fc7" type: "InnerProduct" bottom: "fc6" top: "fc7"
    inner_product_param { num_output: 4096
      weight_filler { type: "gaussian" std: 0.005 } } }
  layer { name: "relu7" type: "ReLU" bottom: "fc7" top: "fc7" }
  layer { name: "fc8" type: "InnerProduct" bottom: "fc7" top: "fc8"
    loss_weight: 1
    inner_product_param { num_output: 1000
      weight_filler { type: "gaussian" std: 0.01 } } }
)";

// Random pixels, as they come after the mean was subtracted.
std::vector<float> Pixels(int64_t count) {
  std::vector<float> pixels(count);
  for (int64_t i = 0; i < count; ++i) {
    pixels[i] = static_cast<float>(i * 2654435761u >> 8 & 255) - 128;
  }
  return pixels;
}

void Rate(double multiply_adds, benchmark::State* state) {
  if (multiply_adds == 0) return;
  state->counters["GFLOP/s"] = benchmark::Counter(
      2 * multiply_adds / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}

void RunForward(benchmark::State& state, const Step& step) {
  for (auto _ : state) {
    step.layer->Forward(step.bottom_blobs, step.top_blobs);
  }
  Rate(step.layer->multiply_adds(), &state);
}

void RunBackward(benchmark::State& state, const Step& step) {
  for (auto _ : state) {
    step.layer->Backward(step.top_blobs, step.bottom_blobs);
  }
  // One product of the forward's size for each gradient.
  const int products =
      (step.propagate_down[0] ? 1 : 0) + (step.layer->params().empty() ? 0 : 1);
  Rate(products * step.layer->multiply_adds(), &state);
}

void RunNet(benchmark::State& state, Net* net) {
  for (auto _ : state) {
    net->Forward();
    net->Backward();
  }
  state.counters["images/s"] =
      benchmark::Counter(kBatch, benchmark::Counter::kIsIterationInvariantRate);
}

benchmark::internal::Benchmark* Register(
    const std::string& name, std::function<void(benchmark::State&)> run) {
  return benchmark::RegisterBenchmark(name.c_str(), run)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

void RegisterAll(Net* net) {
  for (const Step& step : net->steps()) {
    if (step.bottoms.empty()) continue;
    const std::string& name = step.layer->name();
    Register(name + "/forward",
             [&step](benchmark::State& state) { RunForward(state, step); });
    if (!step.backward) continue;
    Register(name + "/backward",
             [&step](benchmark::State& state) { RunBackward(state, step); });
  }
  Register("alexnet/forward_backward",
           [net](benchmark::State& state) { RunNet(state, net); });
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  doppio::Net net(doppio::ParseNet(doppio::kAlexNet, "alexnet"));
  doppio::Tensor& data = net.blob("data")->data;
  data.CopyFrom(doppio::Pixels(data.count()));
  net.Forward();
  net.Backward();
  doppio::RegisterAll(&net);
  benchmark::RunSpecifiedBenchmarks();
}
