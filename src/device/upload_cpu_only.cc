#include "device/cuda_device.h"
#include "device/upload.h"
#include "doppio/error.h"

namespace doppio {

std::unique_ptr<Upload> OpenUpload() { throw Error(WhyNoCuda()); }

}  // namespace doppio
