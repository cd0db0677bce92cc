#pragma once

#include <algorithm>
#include <dnnl.hpp>
#include <memory>

#include "device/workspace.h"
#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

struct CudaLibraries;

struct Libraries {
  // Of the scratch memory that the library keeps, once for all primitives.
  size_t scratch_bytes = 0;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  WinogradWorkspaces winograd;
  std::shared_ptr<CudaLibraries> cuda;  // of contexts on a GPU
};

// Notes what a primitive takes of it while it runs.
template <typename PrimitiveDesc>
void CountScratch(const Context& context, const PrimitiveDesc& desc) {
  size_t& bytes = context.libraries().scratch_bytes;
  const int64_t needed = desc.query_s64(dnnl::query::memory_consumption_s64);
  bytes = std::max(bytes, static_cast<size_t>(needed));
}

// How a tensor lies, in oneDNN's terms; row-major float for a null layout.
dnnl::memory::desc DescOf(const Shape& shape, const LayoutPtr& layout);

// The same shape, the layout left to a primitive ("format any").
dnnl::memory::desc AnyDesc(
    const Shape& shape,
    dnnl::memory::data_type type = dnnl::memory::data_type::f32);

// The layout that `desc` describes; null if that is row-major float.
LayoutPtr LayoutOf(const Context& context, const dnnl::memory::desc& desc);

// `storage` seen by oneDNN, without copying.
dnnl::memory MemoryOf(const Context& context, const dnnl::memory::desc& desc,
                      const void* storage);
dnnl::memory MemoryOf(const Context& context, const Tensor& tensor);

// A buffer of one layer for what its primitives need between calls.
struct Scratch {
  dnnl::memory memory;
  void Require(const Context& context, const dnnl::memory::desc& desc);
};

// Copies between layouts, with all threads.
void CopyLayout(const Context& context, const Tensor& from, Tensor* to);

// How many channels lie together in an N x C x ... tensor of this layout: its
// storage is N x ceil(C / block) x ... x block. 1 for row-major, 8 or 16 for
// oneDNN's nChw8c, nChw16c and their like, be it of floats or of bfloat16; 0
// for any other.
int ChannelBlock(const LayoutPtr& layout);

// The layout of that kind, for a shape of 3 to 5 axes if the block is not 1.
LayoutPtr ChannelBlocked(
    const Context& context, const Shape& shape, int block,
    dnnl::memory::data_type type = dnnl::memory::data_type::f32);

// Hands tensors to a primitive that may want another layout than they lie in:
// it then gets a copy.
class Inlet {
 public:
  void Plan(const Context& context, const dnnl::memory::desc& given,
            const dnnl::memory::desc& wanted);
  dnnl::memory Take(const Context& context, const Tensor& tensor);
  // Of the copy.
  size_t bytes() const { return copy_ ? copy_.get_desc().get_size() : 0; }

 private:
  dnnl::memory::desc given_;
  dnnl::memory copy_;         // none where the layouts agree
  bool interleaves_ = false;  // in place of reorder_
  dnnl::reorder reorder_;
};

// Brings a primitive's results to tensors, by way of a buffer where the layouts
// differ, where the result is to be added, or where nobody wants it.
class Outlet {
 public:
  void Plan(const Context& context, const dnnl::memory::desc& made,
            const dnnl::memory::desc& wanted);
  // What the primitive shall write; the tensor may be null.
  dnnl::memory Open(const Context& context, Tensor* tensor, bool add);
  // To be called once it has.
  void Close(const Context& context);
  // Of the buffer, as far as layouts make it necessary.
  size_t bytes() const { return made_ == wanted_ ? 0 : made_.get_size(); }

 private:
  dnnl::memory::desc made_, wanted_;
  Scratch buffer_;
  dnnl::memory target_;  // where the buffer has to go
  bool add_ = false;
  dnnl::reorder copying_, adding_;  // compiled when first needed
};

}  // namespace doppio
