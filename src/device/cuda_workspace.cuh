#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "doppio/context.h"

namespace doppio {

// Memory of the GPU for what is needed during a call only. Layers share it,
// since they run one after the other on one stream. Not initialised; it grows
// as needed, which loses what was in it.
class CudaWorkspace {
 public:
  // The most that a layer asks for if it can do with less: 256 MiB.
  static constexpr int64_t kRoom = int64_t{1} << 26;  // in floats

  // Notes what will be required, before there is any memory.
  void Plan(int64_t floats) { planned_ = std::max(planned_, floats); }
  size_t planned_bytes() const { return planned_ * sizeof(float); }

  float* Require(int64_t floats);

 private:
  std::shared_ptr<void> memory_;
  int64_t size_ = 0, planned_ = 0;
};

// For calls that need two at a time.
struct CudaWorkspaces {
  CudaWorkspace first, second;
};

// Those of the context's GPU.
CudaWorkspaces& WorkspacesOf(const Context& context);

// Where they keep the handle of cuDNN, if the build has it; see cudnn.cuh.
std::shared_ptr<void>& CudnnHandleOf(const Context& context);

}  // namespace doppio
