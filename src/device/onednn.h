#pragma once

#include <dnnl.hpp>

#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

struct Libraries {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

// How a tensor lies, in oneDNN's terms; row-major float for a null layout.
dnnl::memory::desc DescOf(const Shape& shape, const LayoutPtr& layout);

// The same shape, the layout left to a primitive ("format any").
dnnl::memory::desc AnyDesc(const Shape& shape);

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
void Reorder(const Context& context, const Tensor& from, Tensor* to);

}  // namespace doppio
