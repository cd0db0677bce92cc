#pragma once

#include <cstdint>
#include <memory>

#include "doppio/tensor.h"

namespace doppio {

struct Libraries;  // handles of the libraries in use; see device/

// Where and how a net computes. Made by main and passed down; copies share the
// library handles.
class Context {
 public:
  // `threads` compute threads, 0 for one per core. The seed decides every
  // random number drawn. Each layer that reads a data set has `loader_threads`
  // of its own, 0 for one per two cores.
  explicit Context(Device device = Device::kCpu, uint64_t seed = 1,
                   int threads = 0, int loader_threads = 0);

  Device device() const { return device_; }
  uint64_t seed() const { return seed_; }
  int threads() const { return threads_; }
  int loader_threads() const { return loader_threads_; }
  // Which of how many processes that share each batch; 0 of 1 alone.
  int rank() const { return rank_; }
  int ranks() const { return ranks_; }
  Libraries& libraries() const { return *libraries_; }

  // This context with another seed: a snapshot brings its own.
  Context WithSeed(uint64_t seed) const;

  // This context for one of several processes.
  Context OfRank(int rank, int ranks) const;

  // This context for what runs on another device beside it.
  Context On(Device device) const;

 private:
  Device device_;
  uint64_t seed_;
  int threads_;
  int loader_threads_;
  int rank_ = 0, ranks_ = 1;
  std::shared_ptr<Libraries> libraries_;
};

}  // namespace doppio
