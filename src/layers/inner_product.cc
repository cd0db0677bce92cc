#include "layers/inner_product.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "device/bf16.h"
#include "device/bf16_inner_product.h"
#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

InnerProduct::InnerProduct(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  Require(param.inner_product_param().num_output() > 0,
          "inner_product_param needs num_output");
}

LayerTraits InnerProduct::traits() const {
  LayerTraits traits;
  traits.backward_reads_tops = relu().any;
  traits.bf16 = true;
  return traits;
}

Shapes InnerProduct::Reshape(const Shapes& bottoms) {
  const InnerProductParameter& p = param_.inner_product_param();
  const Shape& x = bottoms[0];
  const int axis = x.Axis(p.axis());
  rows_ = x.count(0, axis);
  inputs_ = x.count(axis);
  outputs_ = p.num_output();
  Require(inputs_ > 0, "a bottom of shape ", x, " has no values from axis ",
          axis, " on");
  const int k = static_cast<int>(inputs_);
  const int n = static_cast<int>(outputs_);
  DeclareParam(0, transposed() ? Shape{k, n} : Shape{n, k}, p.weight_filler());
  if (has_bias()) DeclareParam(1, {n}, p.bias_filler());

  std::vector<int> extents(x.extents().begin(), x.extents().begin() + axis);
  extents.push_back(n);
  source_ = x;
  target_ = Shape(extents);
  return {target_};
}

namespace {

// to (columns x rows) = the transpose of from (rows x columns).
void Transpose(int64_t rows, int64_t columns, const float* from, float* to) {
  constexpr int64_t kTile = 16;  // floats of a cache line
  const auto tiles = [](int64_t n) { return (n + kTile - 1) / kTile; };
  const int64_t across = tiles(columns);
  const auto transpose_tile = [=](int64_t tile) {
    const int64_t row = tile / across * kTile, column = tile % across * kTile;
    const int64_t row_end = std::min(rows, row + kTile);
    const int64_t column_end = std::min(columns, column + kTile);
    for (int64_t c = column; c < column_end; ++c) {
      for (int64_t r = row; r < row_end; ++r) {
        to[c * rows + r] = from[r * columns + c];
      }
    }
  };
  ParallelFor(tiles(rows) * across, kTile * kTile * 0.3,
              [=](int64_t begin, int64_t end) {
                for (int64_t t = begin; t < end; ++t) transpose_tile(t);
              });
}

// Matrix products run several times faster where the large operand, which is
// the weights, is not the transposed one. So x W' is computed as the transpose
// of W x', at the price of transposing x and the result, which are small.
class InnerProductCpu final : public InnerProduct {
 public:
  using InnerProduct::InnerProduct;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    bf16_.reset();
    const bool possible = rows_ > 0 && !transposed();
    if (param_.precision() != BF16 || !possible) {
      return InnerProduct::PlanLayouts(bottoms);
    }
    bf16_ = std::make_unique<Bf16InnerProduct>(
        context(), rows_, training(), propagate_down(0),
        relu().any ? std::optional<float>(relu().slope) : std::nullopt,
        &params()[0], has_bias() ? &params()[1] : nullptr);
    return {{PlainBf16(context(), source_)}, {PlainBf16(context(), target_)}};
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (bf16_) return bf16_->Forward(bottoms[0]->data, &tops[0]->data);
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    const float* weights = params()[0].blob.data.data();
    if (transposed()) {
      Multiply(x, inputs_, weights, outputs_, y);
    } else {
      MultiplyTransposed(x, inputs_, weights, outputs_, y);
    }
    Finish(has_bias() ? params()[1].blob.data.data() : nullptr, y);
  }

  // Room for what is transposed on the way forward, if there are several rows.
  size_t own_bytes() const override {
    if (bf16_) return bf16_->bytes();
    const int64_t floats = rows_ > 1 ? rows_ * (inputs_ + outputs_) : 0;
    return floats * sizeof(float);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    relu().Mask(tops[0]->data, &tops[0]->diff);
    if (bf16_) return BackwardBf16(*tops[0], bottoms[0]);
    const float* dy = tops[0]->diff.data();
    if (params()[0].learns) {
      BackwardWeights(bottoms[0]->data.data(), dy, &params()[0]);
    }
    if (has_bias() && params()[1].learns) BackwardBias(dy, &params()[1]);
    if (!propagate_down(0)) return;
    float* dx = bottoms[0]->diff.data();
    const float* weights = params()[0].blob.data.data();
    if (transposed()) {
      MultiplyTransposed(dy, outputs_, weights, inputs_, dx);
    } else {
      Multiply(dy, outputs_, weights, inputs_, dx);
    }
  }

 private:
  void BackwardBf16(const Blob& top, Blob* bottom) {
    if (params()[0].learns || (has_bias() && params()[1].learns)) {
      bf16_->BackwardParams(bottom->data, top.diff);
    }
    if (propagate_down(0)) bf16_->BackwardData(top.diff, &bottom->diff);
  }

  // to (rows_ x columns) = from (rows_ x inner) * weights (inner x columns)
  void Multiply(const float* from, int64_t inner, const float* weights,
                int64_t columns, float* to) {
    Gemm(context(), false, false, rows_, columns, inner, 1, from, weights, 0,
         to);
  }

  // to (rows_ x columns) = from (rows_ x inner) * weights' (columns x inner)
  void MultiplyTransposed(const float* from, int64_t inner,
                          const float* weights, int64_t columns, float* to) {
    if (rows_ == 1) {  // a row is its own transpose
      Gemm(context(), false, false, columns, 1, inner, 1, weights, from, 0, to);
      return;
    }
    float* from_columns = Scratch(inner, &from_);
    float* to_columns = Scratch(columns, &to_);
    Transpose(rows_, inner, from, from_columns);
    Gemm(context(), false, false, columns, rows_, inner, 1, weights,
         from_columns, 0, to_columns);
    Transpose(columns, rows_, to_columns, to);
  }

  // Room for columns x rows_.
  float* Scratch(int64_t columns, Tensor* tensor) const {
    const Shape shape = {static_cast<int>(columns), static_cast<int>(rows_)};
    if (tensor->shape() != shape) *tensor = Tensor(shape);
    return tensor->data();
  }

  // Adds the bias, which may be null, and applies the ReLU.
  void Finish(const float* bias, float* y) const {
    const AbsorbedRelu relu = this->relu();
    if (bias == nullptr && !relu.any) return;
    const int64_t outputs = outputs_;
    ParallelFor(rows_, outputs * 0.1, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        float* row = y + r * outputs;
        for (int64_t o = 0; bias != nullptr && o < outputs; ++o) {
          row[o] += bias[o];
        }
        relu.Apply(outputs, row);
      }
    });
  }

  void BackwardWeights(const float* x, const float* dy, Parameter* weights) {
    float* diff = weights->blob.diff.data();
    if (rows_ == 0) {
      if (!weights->accumulate) weights->blob.diff.Zero();
      return;
    }
    const float beta = weights->accumulate ? 1 : 0;
    if (transposed()) {
      Gemm(context(), true, false, inputs_, outputs_, rows_, 1, x, dy, beta,
           diff);
    } else {
      Gemm(context(), true, false, outputs_, inputs_, rows_, 1, dy, x, beta,
           diff);
    }
  }

  void BackwardBias(const float* dy, Parameter* bias) const {
    float* diff = bias->blob.diff.data();
    if (!bias->accumulate) bias->blob.diff.Zero();
    const int64_t outputs = outputs_, rows = rows_;
    ParallelFor(outputs, rows * 0.1, [=](int64_t begin, int64_t end) {
      for (int64_t r = 0; r < rows; ++r) {
        const float* row = dy + r * outputs;
        for (int64_t o = begin; o < end; ++o) diff[o] += row[o];
      }
    });
  }

  Tensor from_, to_;  // transposed
  std::unique_ptr<Bf16InnerProduct> bf16_;
};

const RegisterLayer<InnerProductCpu> kInnerProductCpu("InnerProduct",
                                                      Device::kCpu);

}  // namespace
}  // namespace doppio
