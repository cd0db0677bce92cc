#include "device/cuda_device.h"
#include "doppio/error.h"

namespace doppio {

bool BuiltWithCuda() { return false; }

std::string WhyNoCuda() {
  return "this build has no CUDA; configure it with -DDOPPIO_CUDA=ON, or run "
         "with --device=cpu";
}

int CountGpus() { return 0; }

int CurrentGpu() { throw Error(WhyNoCuda()); }

std::string DescribeGpu(int) { throw Error(WhyNoCuda()); }

bool GpuHasBf16() { return false; }

void UseCudaDevice(int) { throw Error(WhyNoCuda()); }

std::shared_ptr<CudaLibraries> OpenCuda() { throw Error(WhyNoCuda()); }

void AllowTf32(const Context&) { throw Error(WhyNoCuda()); }

size_t ScratchBytes(const CudaLibraries&) { return 0; }

}  // namespace doppio
