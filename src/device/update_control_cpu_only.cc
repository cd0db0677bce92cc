#include "device/cuda_device.h"
#include "device/update_control.h"
#include "doppio/error.h"

namespace doppio {

const UpdateControl::Values* UpdateControl::Write(
    const std::vector<FloatArray>&, double, double, double, const float*) {
  throw Error(WhyNoCuda());
}

UpdateControl::Values UpdateControl::Read() const { throw Error(WhyNoCuda()); }

}  // namespace doppio
