#include "doppio/tensor.h"

#include <glog/logging.h>

#include <sstream>

#include "core/memory.h"
#include "doppio/error.h"

namespace doppio {

int64_t Shape::count(int from, int to) const {
  int64_t product = 1;
  for (int i = from; i < to; ++i) product *= extents_.at(i);
  return product;
}

int Shape::Axis(int axis) const {
  Require(axis >= -axes() && axis < axes(), "axis ", axis, " of a blob with ",
          axes(), " axes (", *this, ")");
  return axis < 0 ? axis + axes() : axis;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  if (shape.axes() == 0) return out << "scalar";
  for (int i = 0; i < shape.axes(); ++i) out << (i ? "x" : "") << shape[i];
  return out;
}

std::string ToString(const Shape& shape) {
  std::ostringstream out;
  out << shape;
  return out.str();
}

bool SameLayout(const LayoutPtr& a, const LayoutPtr& b) {
  return a == b || (a && b && a->Equals(*b));
}

std::string LayoutName(const LayoutPtr& layout) {
  return layout ? layout->name() : "plain";
}

size_t StorageBytes(const Shape& shape, const LayoutPtr& layout) {
  return layout ? layout->bytes() : shape.count() * sizeof(float);
}

Tensor::Tensor(Shape shape, Device device, LayoutPtr layout)
    : shape_(std::move(shape)),
      device_(device),
      layout_(std::move(layout)),
      memory_(Allocate(device, bytes())) {
  Zero();
}

Tensor::Tensor(Shape shape, const std::vector<float>& values, Device device)
    : shape_(std::move(shape)),
      device_(device),
      memory_(Allocate(device, bytes())) {
  CopyFrom(values);
}

Tensor::Tensor(Shape shape, Device device, LayoutPtr layout,
               std::shared_ptr<void> memory)
    : shape_(std::move(shape)),
      device_(device),
      layout_(std::move(layout)),
      memory_(std::move(memory)) {}

size_t Tensor::bytes() const { return StorageBytes(shape_, layout_); }

float* Tensor::data() {
  CHECK(!layout_) << "row-major data wanted of a tensor in " << layout_->name();
  return static_cast<float*>(memory_.get());
}

const float* Tensor::data() const { return const_cast<Tensor*>(this)->data(); }

Tensor Tensor::Reshaped(Shape shape) const {
  CHECK(!layout_) << "cannot reshape a tensor in " << layout_->name();
  CHECK_EQ(shape.count(), count());
  return {std::move(shape), device_, nullptr, memory_};
}

void Tensor::Zero() { FillZero(device_, memory_.get(), bytes()); }

void Tensor::CopyFrom(const Tensor& source) {
  CHECK(shape_ == source.shape_) << shape_ << " from " << source.shape_;
  if (SameLayout(layout_, source.layout_)) {
    Copy(device_, memory_.get(), source.device_, source.memory_.get(), bytes());
  } else {
    CopyFrom(source.ToVector());
  }
}

void Tensor::CopyFrom(const std::vector<float>& values) {
  CHECK_EQ(static_cast<int64_t>(values.size()), count());
  if (layout_) {
    layout_->FromPlain(values.data(), memory_.get());
  } else {
    Copy(device_, memory_.get(), Device::kCpu, values.data(), bytes());
  }
}

std::vector<float> Tensor::ToVector() const {
  std::vector<float> values(count());
  if (layout_) {
    layout_->ToPlain(memory_.get(), values.data());
  } else {
    Copy(Device::kCpu, values.data(), device_, memory_.get(), bytes());
  }
  return values;
}

}  // namespace doppio
