#include "device/onednn.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "device/bf16.h"

namespace doppio {
namespace {

using dnnl::memory;

memory::dims Dims(const Shape& shape) {
  memory::dims dims(shape.extents().begin(), shape.extents().end());
  if (dims.empty()) dims.push_back(1);
  return dims;
}

memory::dims RowMajorStrides(const memory::dims& dims) {
  memory::dims strides(dims.size(), 1);
  for (int i = static_cast<int>(dims.size()) - 2; i >= 0; --i) {
    strides[i] = strides[i + 1] * dims[i + 1];
  }
  return strides;
}

memory::desc PlainDesc(const memory::dims& dims) {
  return {dims, memory::data_type::f32, RowMajorStrides(dims)};
}

// aBcd16b: letters are axes, outermost first, a capital is also blocked.
std::string FormatName(const memory::desc& desc) {
  const auto& data = desc.data;
  const auto& blocking = data.format_desc.blocking;
  std::vector<int> order(data.ndims);
  for (int i = 0; i < data.ndims; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return blocking.strides[a] > blocking.strides[b];
  });
  std::string name;
  for (const int axis : order) {
    bool blocked = false;
    for (int i = 0; i < blocking.inner_nblks; ++i) {
      blocked |= blocking.inner_idxs[i] == axis;
    }
    name += static_cast<char>((blocked ? 'A' : 'a') + axis);
  }
  for (int i = 0; i < blocking.inner_nblks; ++i) {
    name += std::to_string(blocking.inner_blks[i]);
    name += static_cast<char>('a' + blocking.inner_idxs[i]);
  }
  if (data.data_type == dnnl_bf16) name += " bf16";
  return name;
}

class OnednnLayout final : public Layout {
 public:
  OnednnLayout(dnnl::engine engine, memory::desc desc)
      : engine_(std::move(engine)), desc_(std::move(desc)) {}

  const memory::desc& desc() const { return desc_; }
  size_t bytes() const override { return desc_.get_size(); }
  std::string name() const override { return FormatName(desc_); }

  bool padded() const override {
    for (int i = 0; i < desc_.data.ndims; ++i) {
      if (desc_.data.padded_dims[i] != desc_.data.dims[i]) return true;
    }
    return false;
  }

  bool Equals(const Layout& other) const override {
    const auto* o = dynamic_cast<const OnednnLayout*>(&other);
    return o != nullptr && o->desc_ == desc_;
  }

  void ToPlain(const void* storage, float* plain) const override {
    Run(desc_, storage, PlainDesc(desc_.dims()), plain);
  }
  void FromPlain(const float* plain, void* storage) const override {
    Run(PlainDesc(desc_.dims()), plain, desc_, storage);
  }

 private:
  void Run(const memory::desc& from, const void* source, const memory::desc& to,
           void* target) const {
    dnnl::stream stream(engine_);
    memory a(from, engine_, const_cast<void*>(source));
    memory b(to, engine_, target);
    dnnl::reorder(a, b).execute(stream, a, b);
    stream.wait();
  }

  const dnnl::engine engine_;
  const memory::desc desc_;
};

}  // namespace

memory::desc DescOf(const Shape& shape, const LayoutPtr& layout) {
  if (!layout) return PlainDesc(Dims(shape));
  const auto* onednn = dynamic_cast<const OnednnLayout*>(layout.get());
  CHECK(onednn != nullptr) << layout->name() << " is not a layout of oneDNN's";
  return onednn->desc();
}

memory::desc AnyDesc(const Shape& shape, memory::data_type type) {
  return {Dims(shape), type, memory::format_tag::any};
}

LayoutPtr LayoutOf(const Context& context, const memory::desc& desc) {
  if (desc == PlainDesc(desc.dims())) return nullptr;
  return std::make_shared<OnednnLayout>(context.libraries().engine, desc);
}

memory MemoryOf(const Context& context, const memory::desc& desc,
                const void* storage) {
  return {desc, context.libraries().engine, const_cast<void*>(storage)};
}

memory MemoryOf(const Context& context, const Tensor& tensor) {
  return MemoryOf(context, DescOf(tensor.shape(), tensor.layout()),
                  tensor.storage());
}

void Scratch::Require(const Context& context, const memory::desc& desc) {
  if (memory && memory.get_desc() == desc) return;
  memory = dnnl::memory(desc, context.libraries().engine);
}

void CopyLayout(const Context& context, const Tensor& from, Tensor* to) {
  if (!from.layout() && to->layout()) {  // which need not be the library's
    return to->layout()->FromPlain(from.data(), to->storage());
  }
  dnnl::memory a = MemoryOf(context, from);
  dnnl::memory b = MemoryOf(context, *to);
  dnnl::stream& stream = context.libraries().stream;
  dnnl::reorder(a, b).execute(stream, a, b);
  stream.wait();
}

namespace {

memory::desc ChannelBlockedDesc(const memory::dims& dims, int block,
                                memory::data_type type) {
  using Tag = memory::format_tag;
  const bool wide = block == 16;
  Tag tag = Tag::undef;
  if (dims.size() == 3) tag = wide ? Tag::nCw16c : Tag::nCw8c;
  if (dims.size() == 4) tag = wide ? Tag::nChw16c : Tag::nChw8c;
  if (dims.size() == 5) tag = wide ? Tag::nCdhw16c : Tag::nCdhw8c;
  CHECK(tag != Tag::undef) << "no blocks of " << block << " channels in "
                           << dims.size() << " axes";
  return {dims, type, tag};
}

}  // namespace

int ChannelBlock(const LayoutPtr& layout) {
  if (!layout) return 1;
  const auto* onednn = dynamic_cast<const OnednnLayout*>(layout.get());
  if (onednn == nullptr) return 0;
  const memory::dims dims = onednn->desc().dims();
  if (dims.size() < 3 || dims.size() > 5) return 0;
  for (const int block : {8, 16}) {
    const memory::data_type type = onednn->desc().data_type();
    if (onednn->desc() == ChannelBlockedDesc(dims, block, type)) return block;
  }
  return 0;
}

LayoutPtr ChannelBlocked(const Context& context, const Shape& shape, int block,
                         memory::data_type type) {
  if (block == 1) return nullptr;
  return LayoutOf(context, ChannelBlockedDesc(Dims(shape), block, type));
}

namespace {

// A way that the library's reorder takes four times as long for as the memory
// does.
bool IsInterleaving(const memory::desc& from, const memory::desc& to) {
  using Tag = memory::format_tag;
  if (from.dims().size() != 2) return false;
  return from ==
             memory::desc(from.dims(), memory::data_type::f32, Tag::AB16b64a) &&
         to ==
             memory::desc(from.dims(), memory::data_type::bf16, Tag::AB8b64a2b);
}

}  // namespace

void Inlet::Plan(const Context& context, const memory::desc& given,
                 const memory::desc& wanted) {
  const dnnl::engine& engine = context.libraries().engine;
  given_ = given;
  copy_ = {};
  if (given == wanted) return;
  copy_ = memory(wanted, engine);
  interleaves_ = IsInterleaving(given, wanted);
  if (interleaves_) return;
  reorder_ = dnnl::reorder(
      dnnl::reorder::primitive_desc(engine, given, engine, wanted));
}

memory Inlet::Take(const Context& context, const Tensor& tensor) {
  memory given = MemoryOf(context, given_, tensor.storage());
  if (!copy_) return given;
  if (interleaves_) {
    InterleaveRows(static_cast<const float*>(tensor.storage()),
                   given_.get_size() / sizeof(float),
                   static_cast<Bf16*>(copy_.get_data_handle()));
    return copy_;
  }
  reorder_.execute(context.libraries().stream, given, copy_);
  return copy_;
}

void Outlet::Plan(const Context&, const memory::desc& made,
                  const memory::desc& wanted) {
  made_ = made;
  wanted_ = wanted;
  copying_ = {};
  adding_ = {};
}

memory Outlet::Open(const Context& context, Tensor* tensor, bool add) {
  target_ = {};
  add_ = add;
  if (tensor != nullptr) {
    target_ = MemoryOf(context, wanted_, tensor->storage());
    if (!add && made_ == wanted_) return std::exchange(target_, {});
  }
  buffer_.Require(context, made_);
  return buffer_.memory;
}

void Outlet::Close(const Context& context) {
  if (!target_) return;
  dnnl::reorder& reorder = add_ ? adding_ : copying_;
  if (!reorder) {
    const dnnl::engine& engine = context.libraries().engine;
    dnnl::post_ops sum;
    if (add_) sum.append_sum(1);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(sum);
    reorder = dnnl::reorder(dnnl::reorder::primitive_desc(engine, made_, engine,
                                                          wanted_, attributes));
  }
  reorder.execute(context.libraries().stream, buffer_.memory, target_);
  target_ = {};
}

}  // namespace doppio
