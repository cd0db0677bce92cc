#pragma once

#include <cstdint>
#include <memory>

#include "layers/shared/channels.h"

namespace doppio {

// Takes a tensor apart into patches that hold whole neighbourhoods, for LRN on
// the CPU.
class LrnPatches {
 public:
  virtual ~LrnPatches() = default;
  virtual int64_t count() const = 0;
  virtual int64_t size() const = 0;  // at most
  // The zeros before its first element and after its last.
  virtual int64_t margin() const { return 0; }
  // Copies patch i between the tensor's storage and an array; Load gives its
  // size, margins included.
  virtual int64_t Load(int64_t i, const Tensor& tensor, float* patch) const = 0;
  virtual void Store(int64_t i, const float* patch, Tensor* tensor) const = 0;
  // Fills all margins of a patch with zeros.
  virtual void ClearMargins(float*, int64_t) const {}
  // Whether an element's neighbourhood is itself and two on either side, as
  // they lie in the patch.
  virtual bool five() const { return false; }
  // Sums over the neighbourhood of each element of a patch.
  virtual void Sum(const float* in, int64_t size, float* scratch,
                   float* out) const = 0;
};

// Those of a neighbourhood across channels, and of one within a channel whose
// rows have `width` pixels; both reach as far to either side.
std::unique_ptr<LrnPatches> PatchesAcrossChannels(const ChannelView& view,
                                                  int64_t reach);
std::unique_ptr<LrnPatches> PatchesWithinChannel(const ChannelView& view,
                                                 int64_t width, int64_t reach);

}  // namespace doppio
