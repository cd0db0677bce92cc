#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace doppio {

enum class Device { kCpu, kCuda };

// The extents of a tensor, outermost first; images are N x C x H x W. A shape
// of no axes is a scalar and counts 1.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int> extents) : extents_(extents) {}
  explicit Shape(std::vector<int> extents) : extents_(std::move(extents)) {}

  int axes() const { return static_cast<int>(extents_.size()); }
  int operator[](int axis) const { return extents_.at(axis); }
  int& operator[](int axis) { return extents_.at(axis); }
  const std::vector<int>& extents() const { return extents_; }

  // The product of the extents, or of those in [from, to).
  int64_t count() const { return count(0, axes()); }
  int64_t count(int from) const { return count(from, axes()); }
  int64_t count(int from, int to) const;

  // Turns an axis counted from the end (-1 is the last) into one counted from
  // the start; throws Error if there is no such axis.
  int Axis(int axis) const;

  bool operator==(const Shape& other) const {
    return extents_ == other.extents_;
  }
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  std::vector<int> extents_;
};

// 2x3x6x5, or "scalar".
std::ostream& operator<<(std::ostream& out, const Shape& shape);
std::string ToString(const Shape& shape);

// How the elements of one tensor lie in CPU memory where that is not row-major
// float: blocked by channels for oneDNN, perhaps padded, perhaps bfloat16.
// Immutable, shared by the tensors that lie so. device/onednn.h makes them.
class Layout {
 public:
  virtual ~Layout() = default;
  virtual size_t bytes() const = 0;
  virtual std::string name() const = 0;  // as oneDNN calls it: aBcd16b
  // True if the storage holds more elements than the shape: they are zeros,
  // and whoever writes the storage must leave them so.
  virtual bool padded() const = 0;
  virtual bool Equals(const Layout& other) const = 0;
  virtual void ToPlain(const void* storage, float* plain) const = 0;
  virtual void FromPlain(const float* plain, void* storage) const = 0;
};

// Null stands for row-major float.
using LayoutPtr = std::shared_ptr<const Layout>;
bool SameLayout(const LayoutPtr& a, const LayoutPtr& b);
std::string LayoutName(const LayoutPtr& layout);  // "plain" for null

// Numbers of some shape in the memory of one device. A handle: copying a
// Tensor shares its memory. Users see N x C x H x W floats; on the CPU the
// storage may have another layout.
class Tensor {
 public:
  Tensor() = default;  // no memory
  // Zeros.
  explicit Tensor(Shape shape, Device device = Device::kCpu,
                  LayoutPtr layout = nullptr);
  // Row-major values.
  Tensor(Shape shape, const std::vector<float>& values,
         Device device = Device::kCpu);
  // A view of memory that is managed elsewhere, of at least bytes().
  Tensor(Shape shape, Device device, LayoutPtr layout,
         std::shared_ptr<void> memory);

  bool empty() const { return memory_ == nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t count() const { return shape_.count(); }
  Device device() const { return device_; }
  const LayoutPtr& layout() const { return layout_; }
  size_t bytes() const;

  // Row-major floats; a CHECK fails on any other layout.
  float* data();
  const float* data() const;

  // The memory, whatever its layout.
  void* storage() { return memory_.get(); }
  const void* storage() const { return memory_.get(); }
  const std::shared_ptr<void>& memory() const { return memory_; }

  // The same memory under another shape of equal count. Plain layout only.
  Tensor Reshaped(Shape shape) const;

  void Zero();
  // Copies values from a tensor of equal shape, whatever its layout or device.
  void CopyFrom(const Tensor& source);
  // Row-major values in and out.
  void CopyFrom(const std::vector<float>& values);
  std::vector<float> ToVector() const;

 private:
  Shape shape_;
  Device device_ = Device::kCpu;
  LayoutPtr layout_;
  std::shared_ptr<void> memory_;
};

// Bytes that a tensor of this shape and layout takes.
size_t StorageBytes(const Shape& shape, const LayoutPtr& layout);

// What flows between layers: values, and the loss's gradient with respect to
// them. Both have the same shape and layout. The diff is empty where nobody
// wants the gradient.
struct Blob {
  Tensor data;
  Tensor diff;
  const Shape& shape() const { return data.shape(); }
};

}  // namespace doppio
