#pragma once

#include <memory>

#include "doppio/tensor.h"

namespace doppio {

// Brings one batch after the other to the GPU on a stream of its own, while the
// GPU computes with the batch before.
class Upload {
 public:
  virtual ~Upload() = default;

  // Copies `from`, of the host, to `to`, for whatever is put on the device's
  // stream from now on. Memory of PinnedAllocator must not change until the
  // next call has returned, which is how long its handle is kept; any other has
  // been read when this returns.
  virtual void Bring(const Tensor& from, Tensor* to) = 0;
};

// upload_cpu_only.cc is the build's without CUDA, which throws Error.
std::unique_ptr<Upload> OpenUpload();

}  // namespace doppio
