#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "core/memory.h"

namespace doppio {

// Memory for batches that comes back here when the last handle to it goes, to
// be handed out again. The handles may outlive the pool.
class BufferPool {
 public:
  // Keeps up to `spare` buffers that nobody uses.
  explicit BufferPool(size_t spare, HostAllocator allocate = AllocateHost);

  // At least `bytes`, not initialised. From any thread.
  std::shared_ptr<void> Take(size_t bytes);

 private:
  struct Buffer {
    size_t bytes;
    std::shared_ptr<void> memory;
  };
  struct Spares {
    std::mutex mutex;
    size_t limit;
    std::vector<Buffer> buffers;
  };

  static void GiveBack(Spares* spares, Buffer buffer);

  const std::shared_ptr<Spares> spares_;
  const HostAllocator allocate_;
};

}  // namespace doppio
