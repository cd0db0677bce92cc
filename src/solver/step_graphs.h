#pragma once

#include <functional>
#include <memory>

#include "doppio/net.h"

namespace doppio {

// Gives a GPU the steps of a net as a few graphs rather than kernel by kernel.
// Each iteration is recorded, and the graphs of the one before are updated to
// it: arguments may change, what is launched must not.
//
// Steps that wait for the GPU or allocate its memory run between the graphs. To
// see which, two iterations are not recorded, nor are two after shapes change.
class StepGraphs {
 public:
  virtual ~StepGraphs() = default;
  virtual void NextIteration() = 0;
  // `pass` runs the net forward or backward. The GPU has been given all of it
  // when this returns.
  virtual void Record(const std::function<void()>& pass) = 0;
};

// Is the net's herald. step_graphs_cpu_only.cc is the build's without CUDA,
// which throws Error.
std::unique_ptr<StepGraphs> OpenStepGraphs(const Context& context, Net* net);

}  // namespace doppio
