#include "data/sample_order.h"

#include <limits>
#include <numeric>
#include <utility>

#include "doppio/error.h"

namespace doppio {

std::vector<uint32_t> Permutation(int64_t size, const RandomStream& random) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  RandomBlock block = {};
  for (int64_t drawn = 0; drawn < size - 1; ++drawn) {
    if (drawn % 4 == 0) block = random.Block(drawn / 4);
    const uint64_t left = size - drawn;
    std::swap(order[left - 1], order[block.word[drawn % 4] * left >> 32]);
  }
  return order;
}

SampleOrder::SampleOrder(int64_t size, bool shuffle, uint64_t seed,
                         const std::string& layer)
    : size_(size), shuffle_(shuffle), seed_(seed), layer_(Hash(layer)) {
  Require(!shuffle || size <= std::numeric_limits<uint32_t>::max(), size,
          " records are too many to shuffle; the limit is 2^32 - 1");
}

int64_t SampleOrder::Index(int64_t sample) {
  if (!shuffle_) return sample % size_;
  const int64_t number = sample / size_;
  const std::lock_guard<std::mutex> lock(mutex_);
  Epoch& epoch = epochs_[number % 2];
  if (epoch.number != number) {
    epoch.records =
        Permutation(size_, RandomStream(seed_, Draw::kShuffle, layer_, number));
    epoch.number = number;
  }
  return epoch.records[sample % size_];
}

}  // namespace doppio
