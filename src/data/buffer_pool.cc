#include "data/buffer_pool.h"

#include <algorithm>
#include <utility>

namespace doppio {

BufferPool::BufferPool(size_t spare, HostAllocator allocate)
    : spares_(std::make_shared<Spares>()), allocate_(std::move(allocate)) {
  spares_->limit = spare;
}

std::shared_ptr<void> BufferPool::Take(size_t bytes) {
  Buffer buffer = {bytes, nullptr};
  {
    const std::lock_guard<std::mutex> lock(spares_->mutex);
    auto& buffers = spares_->buffers;
    const auto fits =
        std::find_if(buffers.begin(), buffers.end(),
                     [bytes](const Buffer& b) { return b.bytes >= bytes; });
    if (fits != buffers.end()) {
      buffer = std::move(*fits);
      buffers.erase(fits);
    }
  }
  if (!buffer.memory) buffer.memory = allocate_(bytes);
  void* memory = buffer.memory.get();
  return {memory,
          [spares = spares_, buffer = std::move(buffer)](void*) mutable {
            GiveBack(spares.get(), std::move(buffer));
          }};
}

void BufferPool::GiveBack(Spares* spares, Buffer buffer) {
  const std::lock_guard<std::mutex> lock(spares->mutex);
  auto& buffers = spares->buffers;
  buffers.push_back(std::move(buffer));
  // When batches grow, the buffers that became too small go first.
  if (buffers.size() > spares->limit) {
    buffers.erase(std::min_element(
        buffers.begin(), buffers.end(),
        [](const Buffer& a, const Buffer& b) { return a.bytes < b.bytes; }));
  }
}

}  // namespace doppio
