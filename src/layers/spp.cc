#include "layers/spp.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/copy_rows.h"
#include "layers/shared/weighted_sum.h"

namespace doppio {
namespace {

// Pooling that parts an image into windows x windows, with padding to make them
// equal.
PoolingParameter PyramidLevel(int windows, int height, int width) {
  PoolingParameter pooling;
  const auto part = [&](int pixels, int* kernel, int* pad) {
    *kernel = (pixels + windows - 1) / windows;
    *pad = (*kernel * windows - pixels + 1) / 2;
    Require(*pad == 0 || *pad < *kernel, "an image of ", height, " x ", width,
            " does not part into ", windows, " x ", windows,
            " windows of its pixels; lower pyramid_height");
  };
  int kernel_h = 0, kernel_w = 0, pad_h = 0, pad_w = 0;
  part(height, &kernel_h, &pad_h);
  part(width, &kernel_w, &pad_w);
  pooling.set_kernel_h(kernel_h);
  pooling.set_kernel_w(kernel_w);
  pooling.set_stride_h(kernel_h);
  pooling.set_stride_w(kernel_w);
  pooling.set_pad_h(pad_h);
  pooling.set_pad_w(pad_w);
  return pooling;
}

}  // namespace

Spp::Spp(const LayerParameter& param, const Context& context)
    : Layer(param, context), height_(param.spp_param().pyramid_height()) {
  constexpr int kHighest = 15;  // 4^15 windows are as many as an int counts
  Require(height_ >= 1 && height_ <= kHighest,
          "spp_param has pyramid_height: ", param.spp_param().pyramid_height(),
          "; give 1 to ", kHighest);
}

LayerTraits Spp::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = true;
  t.backward_reads_tops = false;
  return t;
}

Spp::Level Spp::MakeLevel(int index, const Shape& bottom) const {
  LayerParameter param;
  param.set_name(name() + "_" + std::to_string(index));
  param.set_type("Pooling");
  param.set_phase(param_.phase());
  param.add_bottom("image");
  param.add_top("windows");
  *param.mutable_pooling_param() =
      PyramidLevel(1 << index, bottom[2], bottom[3]);
  param.mutable_pooling_param()->set_pool(
      static_cast<PoolingParameter::PoolMethod>(param_.spp_param().pool()));
  Level level;
  level.pooling = LayerRegistry::Global().Create(param, context());
  level.shape = level.pooling->Reshape({bottom})[0];
  return level;
}

Shapes Spp::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  levels_.clear();
  bottom_ = {};
  int64_t length = 0;
  for (int i = 0; i < height_; ++i) {
    levels_.push_back(MakeLevel(i, x));
    length += levels_[i].shape.count(1);
  }
  if (height_ == 1) return {levels_[0].shape};
  return {{x[0], static_cast<int>(length)}};
}

bool Spp::Differentiable(int bottom) const {
  return param_.spp_param().pool() != SPPParameter::STOCHASTIC || training() ||
         bottom > 0;
}

LayoutPlan Spp::PlanLayouts(const Layouts&) {
  for (Level& level : levels_) {
    level.pooling->PlanBackward({propagate_down(0)});
    level.pooling->PlanLayouts({nullptr});
  }
  return {{nullptr}, {nullptr}};
}

void Spp::CopyPart(int64_t rows, int64_t length, const float* from,
                   int64_t from_stride, float* to, int64_t to_stride) const {
  CopyRows(rows, length, from, from_stride, to, to_stride);
}

void Spp::Add(int64_t n, const float* x, float* y) const {
  WeightedSum({y, x}, {1, 1}, n, y);
}

void Spp::Forward(const Blobs& bottoms, const Blobs& tops) {
  int64_t offset = 0;
  const int images = bottoms[0]->shape()[0];
  for (Level& level : levels_) {
    if (level.top.data.empty()) level.top.data = Tensor(level.shape, device());
    level.pooling->set_pass(pass());
    level.pooling->Forward(bottoms, {&level.top});
    const int64_t length = level.shape.count(1);
    CopyPart(images, length, level.top.data.data(), length,
             tops[0]->data.data() + offset, tops[0]->shape().count(1));
    offset += length;
  }
}

void Spp::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (!propagate_down(0)) return;
  int64_t offset = 0;
  const int images = bottoms[0]->shape()[0];
  bottom_.data = bottoms[0]->data;
  if (bottom_.diff.empty()) bottom_.diff = Tensor(bottom_.shape(), device());
  float* dx = bottoms[0]->diff.data();
  bottoms[0]->diff.Zero();
  for (Level& level : levels_) {
    const int64_t length = level.shape.count(1);
    if (level.top.diff.empty()) level.top.diff = Tensor(level.shape, device());
    CopyPart(images, length, tops[0]->diff.data() + offset,
             tops[0]->shape().count(1), level.top.diff.data(), length);
    level.pooling->Backward({&level.top}, {&bottom_});
    Add(bottom_.diff.count(), bottom_.diff.data(), dx);
    offset += length;
  }
}

const RegisterLayer<Spp> kSppCpu("SPP", Device::kCpu);

}  // namespace doppio
