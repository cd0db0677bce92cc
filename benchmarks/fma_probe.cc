// Tells how fast the machine is at this moment: answers each line on stdin with
// the GFLOP/s that fused multiply-adds reach on all cores for 5 ms. Machines
// that are shared with others swing; benchmarks/compare keeps a measurement
// only if this was near its best before and after.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// One register of the widest kind. Chains are independent, to hide the latency
// of 4 cycles twice over, and fit into 16 registers with what they share.
#ifdef __AVX512F__
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
using Vector = float __attribute__((vector_size(kLanes * sizeof(float))));

constexpr int kChains = 10;
constexpr int kRounds = 2000;
constexpr double kFlopsPerRun = 2.0 * kRounds * kChains * kLanes;
constexpr auto kDuration = std::chrono::milliseconds(5);

std::atomic<float> sink;

void MultiplyAdd(Vector* chains) {
  Vector a[kChains];
  for (int c = 0; c < kChains; ++c) a[c] = chains[c];
  const Vector factor = Vector{} + 0.999f, summand = Vector{} + 1e-3f;
  for (int round = 0; round < kRounds; ++round) {
    for (int c = 0; c < kChains; ++c) a[c] = a[c] * factor + summand;
  }
  for (int c = 0; c < kChains; ++c) chains[c] = a[c];
}

// FLOP/s of this thread, once all of them have arrived.
double Rate(std::atomic<int>* to_come) {
  Vector chains[kChains] = {};
  MultiplyAdd(chains);
  --*to_come;
  while (*to_come > 0) {
  }
  const Clock::time_point start = Clock::now();
  Clock::time_point now = start;
  double flops = 0;
  while (now - start < kDuration) {
    MultiplyAdd(chains);
    flops += kFlopsPerRun;
    now = Clock::now();
  }
  Vector sum = {};
  for (const Vector& chain : chains) sum += chain;
  float total = 0;
  for (int lane = 0; lane < kLanes; ++lane) total += sum[lane];
  sink = total;  // lest the compiler leave out what nobody reads
  return flops / std::chrono::duration<double>(now - start).count();
}

// Of all threads together.
double Probe(int count) {
  std::atomic<int> to_come{count};
  std::vector<double> rates(count);
  std::vector<std::thread> threads;
  for (double& rate : rates) {
    threads.emplace_back([&rate, &to_come] { rate = Rate(&to_come); });
  }
  double sum = 0;
  for (int i = 0; i < count; ++i) {
    threads[i].join();
    sum += rates[i];
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 0;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << Probe(threads > 0 ? threads : cores) / 1e9 << std::endl;
  }
}
