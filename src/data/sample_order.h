#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/random.h"

namespace doppio {

// [0, size) in random order. (Fisher and Yates)
std::vector<uint32_t> Permutation(int64_t size, const RandomStream& random);

// Which record each sample is. Samples count from 0 over all epochs, an epoch
// being one pass over the records: in their order or, shuffled, in a new
// permutation each time, which the seed, the layer's name and the epoch decide.
class SampleOrder {
 public:
  SampleOrder(int64_t size, bool shuffle, uint64_t seed,
              const std::string& layer);

  // From any thread.
  int64_t Index(int64_t sample);

 private:
  struct Epoch {
    int64_t number = -1;
    std::vector<uint32_t> records;
  };

  const int64_t size_;
  const bool shuffle_;
  const uint64_t seed_;
  const uint64_t layer_;
  std::mutex mutex_;
  // Samples that are made at one time may be of two epochs.
  std::array<Epoch, 2> epochs_;
};

}  // namespace doppio
