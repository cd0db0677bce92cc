#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "program.h"

namespace emulator::ptx {

// A kernel that the program has: in the end it says how many of them ran.
void Announce(const std::string& name);

// As cudaLaunchKernelExC, of the kernel of that name: arguments point to its
// parameters. `function` is what reports call it by.
cudaError_t Launch(const cudaLaunchConfig_t& config, const Module& module,
                   const std::string& name, const void* function,
                   void** arguments);

}  // namespace emulator::ptx
