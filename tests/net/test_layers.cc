#include <algorithm>

#include "device/onednn.h"
#include "doppio/layer_registry.h"

// Layers that behave in ways the net has to cope with.
namespace doppio {
namespace {

// The first n rows of a matrix, n being its first value: a shape that depends
// on data.
class FirstRows : public Layer {
 public:
  using Layer::Layer;

  Shapes Reshape(const Shapes& bottoms) override { return bottoms; }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const std::vector<float> x = bottoms[0]->data.ToVector();
    const int rows = static_cast<int>(x[0]);
    Shape shape = bottoms[0]->shape();
    const int64_t row = shape.count(1);
    shape[0] = rows;
    tops[0]->data = Tensor(shape, {x.begin(), x.begin() + rows * row});
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    std::vector<float> dx = tops[0]->diff.ToVector();
    dx.resize(bottoms[0]->data.count());
    bottoms[0]->diff.CopyFrom(dx);
  }
};

// Takes and gives images in blocks of eight channels.
class Blocked : public Layer {
 public:
  using Layer::Layer;

  Shapes Reshape(const Shapes& bottoms) override {
    shape_ = bottoms[0];
    return bottoms;
  }

  LayoutPlan PlanLayouts(const Layouts&) override {
    dnnl::memory::dims dims(shape_.extents().begin(), shape_.extents().end());
    const LayoutPtr layout = LayoutOf(
        context(),
        {dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nChw8c});
    return {{layout}, {layout}};
  }

 private:
  Shape shape_;
};

// y = x * x
class BlockedSquare : public Blocked {
 public:
  using Blocked::Blocked;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    std::vector<float> values = bottoms[0]->data.ToVector();
    for (float& v : values) v *= v;
    tops[0]->data.CopyFrom(values);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const std::vector<float> x = bottoms[0]->data.ToVector();
    std::vector<float> d = tops[0]->diff.ToVector();
    for (size_t i = 0; i < d.size(); ++i) d[i] *= 2 * x[i];
    bottoms[0]->diff.CopyFrom(d);
  }
};

// y = 2 * x
class BlockedDouble : public Blocked {
 public:
  using Blocked::Blocked;

  LayerTraits traits() const override {
    LayerTraits t;
    t.in_place = true;
    t.backward_reads_bottoms = false;
    t.backward_reads_tops = false;
    return t;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    std::vector<float> values = bottoms[0]->data.ToVector();
    for (float& v : values) v *= 2;
    tops[0]->data.CopyFrom(values);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    std::vector<float> d = tops[0]->diff.ToVector();
    for (float& v : d) v *= 2;
    bottoms[0]->diff.CopyFrom(d);
  }
};

const RegisterLayer<FirstRows> kFirstRows("TestFirstRows", Device::kCpu);
const RegisterLayer<BlockedSquare> kSquare("TestBlockedSquare", Device::kCpu);
const RegisterLayer<BlockedDouble> kDouble("TestBlockedDouble", Device::kCpu);

}  // namespace
}  // namespace doppio
