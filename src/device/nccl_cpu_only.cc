#include "device/cuda_device.h"
#include "device/nccl.h"
#include "doppio/error.h"

namespace doppio {

std::string WhyNoNccl() {
  if (!BuiltWithCuda()) return WhyNoCuda();
  return "this build has no NCCL, by which several GPUs train; install "
         "libnccl-dev and configure it anew, or name one GPU";
}

std::unique_ptr<GpuAverage> OpenNccl(Ranks*) { throw Error(WhyNoNccl()); }

}  // namespace doppio
