#pragma once

#include <functional>
#include <memory>

#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

// What the host wants to know of a forward pass.
struct PassResult {
  float loss = 0;
  // Whether a layer found labels that are no classes.
  bool refused = false;
};

// Brings the results of passes from a GPU without stopping it: the host asks
// for them while later ones are computed. Until it has seen one that it cannot
// go on from, `halted` keeps the GPU from updating parameters.
class Readback {
 public:
  // Passes whose results have not been asked for.
  static constexpr int kMost = 2;

  virtual ~Readback() = default;

  // `forward` runs a pass, in which layers of the context check their labels
  // without waiting, and Adds its losses. A loss that is not finite halts if
  // `halt_at_nan`; labels that are no classes always do.
  virtual void Queue(bool halt_at_nan,
                     const std::function<void()>& forward) = 0;
  // Adds the sum of the values, times their weight, to the pass's loss.
  virtual void Add(const Tensor& values, float weight) = 0;

  // The result of the oldest pass, as soon as it has arrived.
  virtual PassResult Next() = 0;

  // In the GPU's memory: not 0 from such a pass on.
  virtual const float* halted() const = 0;
  // Begins anew, without passes.
  virtual void Reset() = 0;
};

// readback_cpu_only.cc is the build's without CUDA, which throws Error.
std::unique_ptr<Readback> OpenReadback(const Context& context);

}  // namespace doppio
