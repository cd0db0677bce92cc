#pragma once

#include <memory>
#include <string>
#include <vector>

#include "device/ranks.h"
#include "doppio/tensor.h"

namespace doppio {

// Averages tensors over the GPUs of several processes, beside what runs on the
// device's stream. All ranks begin with the same tensors in the same order.
class GpuAverage {
 public:
  virtual ~GpuAverage() = default;

  // Replaces what the device's stream has written to the tensors so far by its
  // mean over the ranks. Nothing may use them until End.
  virtual void Begin(const std::vector<Tensor>& tensors) = 0;
  // What is put on the device's stream from now on finds the means.
  virtual void End() = 0;
};

// nccl_cpu_only.cc is the build's without CUDA, and that of one without NCCL.

// In one sentence, why this build cannot; empty if it can. Asks no GPU.
std::string WhyNoNccl();

// Connects with the other ranks; all have to call this.
std::unique_ptr<GpuAverage> OpenNccl(Ranks* ranks);

}  // namespace doppio
