#pragma once

#include <cstddef>
#include <cstdint>

namespace emulator {

// Of one process, from the variable CUDA_EMULATOR of the environment, e.g.
// CUDA_EMULATOR=order=reverse,streams=lazy,devices=2
struct Settings {
  // In which order a block's threads run, and a grid's blocks:
  // order=forward, reverse, random, or random:SEED.
  enum class Order { kForward, kReverse, kRandom } order = Order::kForward;
  uint32_t seed = 1;
  // streams=eager runs work as it is enqueued, lazy only when something waits
  // for it.
  bool lazy_streams = false;
  // races=off stops watching every access of a kernel, which then takes a
  // fraction of the time and memory.
  bool races = true;
  // pinned=off is a host that has no memory to pin.
  bool pinned = true;
  // devices=0 is a machine without a GPU.
  int devices = 1;
  // capability=75 is a GPU of compute capability 7.5.
  int capability = 80;
  // patience=60: the seconds that a process waits in NCCL for another.
  int patience = 60;
  // What cuBLAS answers instead of working, a cublasStatus_t; 0 lets it work.
  // Not of the environment: a test sets it.
  int cublas_answers = 0;
  // cudnn=off is a cuDNN that has no algorithm for any convolution.
  bool cudnn = true;
  // A cudnnStatus_t, as cublas_answers, and bytes that each of its algorithms
  // needs besides columns. Not of the environment.
  int cudnn_answers = 0;
  size_t cudnn_workspace = 0;
};

Settings& settings();

}  // namespace emulator
