// The update of as many parameters as AlexNet has, on all threads, against the
// time that the memory alone needs for what it reads and writes.

#include <benchmark/benchmark.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "device/sum_of_squares.h"
#include "doppio/tensor.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

constexpr int kParameters = 60965224;

double Seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void Scale(float factor, Tensor* values) {
  float* const v = values->data();
#pragma omp parallel for simd
  for (int64_t i = 0; i < values->count(); ++i) v[i] *= factor;
}

// Bytes per second, half of them read and half written, in place: the best of
// several passes, as nothing can be faster.
double MemoryBandwidth() {
  constexpr int kRuns = 20;
  Tensor values({kParameters});
  double best = 1e9;
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    Scale(1.5f, &values);
    best = std::min(best, Seconds(start));
  }
  return 2. * values.bytes() / best;
}

// `passes` is how many times a float of each parameter crosses to or from the
// memory.
void ReportFloor(int passes, double bandwidth, double seconds,
                 benchmark::State* state) {
  const double floor = passes * sizeof(float) * double{kParameters} / bandwidth;
  state->counters["floor_ms"] = 1000 * floor;
  state->counters["ratio"] = seconds / state->iterations() / floor;
  state->counters["GB/s"] = bandwidth / 1e9;
}

void Update(benchmark::State& state, const std::string& type,
            double bandwidth) {
  SolverParameter param;
  param.set_type(type);
  param.set_momentum(0.9f);
  const auto rule = UpdateRuleRegistry::Global().Create(param);
  std::vector<Tensor> arrays(2 + rule->memories(), Tensor({kParameters}));
  for (Tensor& array : arrays) array = Tensor({kParameters});
  ParameterUpdate update;
  update.count = kParameters;
  update.data = arrays[0].data();
  update.diff = arrays[1].data();
  for (int m = 0; m < rule->memories(); ++m) {
    update.history[m] = arrays[2 + m].data();
  }
  update.rate = 0.01f;
  update.l2 = 0.0005f;
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) rule->Apply({update});
  // The gradient is read, all else is read and written.
  ReportFloor(1 + 2 * (1 + rule->memories()), bandwidth, Seconds(start),
              &state);
}

// What clip_gradients adds.
void Norm(benchmark::State& state, double bandwidth) {
  const Tensor gradient({kParameters});
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) {
    benchmark::DoNotOptimize(SumOfSquares(gradient.data(), kParameters));
  }
  ReportFloor(1, bandwidth, Seconds(start), &state);
}

void RegisterAll(double bandwidth) {
  const auto add = [](const std::string& name, auto run) {
    benchmark::RegisterBenchmark(name.c_str(), run)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  for (const char* type : {"SGD", "Nesterov", "Adam"}) {
    add(std::string("update/") + type,
        [=](benchmark::State& state) { Update(state, type, bandwidth); });
  }
  add("norm_of_gradients",
      [=](benchmark::State& state) { Norm(state, bandwidth); });
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  doppio::RegisterAll(doppio::MemoryBandwidth());
  benchmark::RunSpecifiedBenchmarks();
}
