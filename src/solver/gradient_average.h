#pragma once

#include <memory>
#include <vector>

#include "device/nccl.h"
#include "doppio/net.h"

namespace doppio {

// Averages a net's gradients over the ranks while Backward computes others. A
// parameter's goes as soon as no step is left that adds to it, together with
// those before it that make up some MiB.
class GradientAverage {
 public:
  // All ranks have to call this, with nets of the same parameters.
  GradientAverage(Ranks* ranks, const Net& net);

  // As Net's. What is put on the device's stream afterwards finds the means.
  void Backward(Net* net, bool accumulate);

 private:
  // A gradient, and the last step of Backward that writes it.
  struct Due {
    int step;
    Tensor gradient;
  };

  void FindDue(const Net& net);
  void Reach(int step);
  void Send();

  const std::unique_ptr<GpuAverage> gpus_;
  std::vector<Due> due_;  // in the order of Backward
  size_t next_ = 0;       // of due_
  std::vector<Tensor> bucket_;
};

}  // namespace doppio
