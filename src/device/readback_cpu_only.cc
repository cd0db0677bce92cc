#include "device/cuda_device.h"
#include "device/readback.h"
#include "doppio/error.h"

namespace doppio {

std::unique_ptr<Readback> OpenReadback(const Context&) {
  throw Error(WhyNoCuda());
}

}  // namespace doppio
