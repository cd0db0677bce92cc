#pragma once

#include <cstdint>
#include <memory>

#include "device/workspace.h"
#include "doppio/context.h"

namespace doppio {

// The most that a layer asks for if it can do with less: 256 MiB.
constexpr int64_t kCudaRoom = int64_t{1} << 26;  // in floats

// For calls that need two at a time.
struct CudaWorkspaces {
  Workspace first{Device::kCuda}, second{Device::kCuda};
};

// Those of the context's GPU.
CudaWorkspaces& WorkspacesOf(const Context& context);

// Where they keep the handle of cuDNN, if the build has it; see cudnn.cuh.
std::shared_ptr<void>& CudnnHandleOf(const Context& context);

}  // namespace doppio
