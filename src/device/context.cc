#include "doppio/context.h"

#include <omp.h>

#include <algorithm>

#include "device/cuda_device.h"
#include "device/onednn.h"

namespace doppio {

Context::Context(Device device, uint64_t seed, int threads, int loader_threads)
    : device_(device),
      seed_(seed),
      threads_(threads > 0 ? threads : omp_get_num_procs()),
      loader_threads_(loader_threads > 0
                          ? loader_threads
                          : std::max(1, omp_get_num_procs() / 2)),
      libraries_(std::make_shared<Libraries>()) {
  if (device == Device::kCuda) libraries_->cuda = OpenCuda();
  // OpenMP keeps this per calling thread, the one that computes.
  omp_set_num_threads(threads_);
}

Context Context::WithSeed(uint64_t seed) const {
  Context copy = *this;
  copy.seed_ = seed;
  return copy;
}

Context Context::OfRank(int rank, int ranks) const {
  Context copy = *this;
  copy.rank_ = rank;
  copy.ranks_ = ranks;
  return copy;
}

Context Context::On(Device device) const {
  Context copy = *this;
  copy.device_ = device;
  return copy;
}

}  // namespace doppio
