#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace doppio {

struct FloatArray {
  const float* values;
  int64_t count;
};

// What the kernels of an update read from the GPU's memory, since the host does
// not wait to know it.
class UpdateControl {
 public:
  struct Values {
    float scale;   // of the gradients
    float halted;  // if not 0, nothing is updated
    double norm;   // of the gradients, where there is a limit
  };

  // `scale`, and less where the norm of these gradients of the GPU, and of
  // others whose squares add up to `squares`, would pass `limit`, which is
  // negative for none. `halted` is of the GPU's memory, or null.
  const Values* Write(const std::vector<FloatArray>& gradients, double squares,
                      double scale, double limit, const float* halted);
  // What was written last; waits for it.
  Values Read() const;

 private:
  Values* Room(int64_t chunks);

  std::shared_ptr<void> memory_;  // a sum for each chunk, then the values
  int64_t chunks_ = -1;
};

// update_control_cpu_only.cc is the build's without CUDA, which throws Error.

}  // namespace doppio
