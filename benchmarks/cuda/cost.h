#pragma once

#include "doppio/net.h"

namespace doppio {

// What bounds a GPU's speed.
struct GpuPeak {
  double flops = 67e12;  // float, multiplying and adding, per second; H100 SXM
  double bandwidth = 3.35e12;  // bytes per second
};

// What one direction of one step costs.
struct Cost {
  double flops = 0;
  double bytes = 0;  // of all tensors that have to be read or written, once
  double moved = 0;  // that our kernels and cuBLAS read and write
  int kernels = 0;

  // Nothing can take less: seconds.
  double Floor(const GpuPeak& peak) const;
  // What to expect of our kernels: products at 75 % of the peak, memory at 80
  // %, one after the other, and 3 microseconds for each kernel's start.
  double Expected(const GpuPeak& peak) const;
};

Cost ForwardCost(const Net& net, const Step& step);
Cost BackwardCost(const Net& net, const Step& step);

}  // namespace doppio
