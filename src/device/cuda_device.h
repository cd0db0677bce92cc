#pragma once

#include <memory>
#include <string>

#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

struct CudaLibraries;

// What --device names: cpu, cuda, or cuda:N for the GPU of that number, which
// the calling thread then computes on. An empty name is the first GPU if the
// build has CUDA and the machine a GPU, and the CPU otherwise; why it is the
// CPU in a build with CUDA is logged. Throws Error for what is not there.
Device SelectDevice(const std::string& name);

// cuda_device_cpu_only.cc is the build's without CUDA.

bool BuiltWithCuda();

// In one sentence, why no GPU can be used; empty if one can.
std::string WhyNoCuda();

// How many GPUs there are, and the number of the one that the calling thread
// computes on.
int CountGpus();
int CurrentGpu();

// A line on what a GPU is, after "cuda:N: ".
std::string DescribeGpu(int number);

// Whether the one that the calling thread computes on multiplies bfloat16.
bool GpuHasBf16();

// Throws Error unless there is a GPU of this number.
void UseCudaDevice(int number);

// The handles of a context on a GPU; throws Error where there is none.
std::shared_ptr<CudaLibraries> OpenCuda();

// Lets products of floats on the context's GPU round what they multiply to
// TF32, of 11 significant bits, if that GPU can. To be called before nets are
// made.
void AllowTf32(const Context& context);

// Of the scratch memory that its layers share, as far as it is planned.
size_t ScratchBytes(const CudaLibraries& libraries);

}  // namespace doppio
