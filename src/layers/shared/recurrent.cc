#include "layers/shared/recurrent.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>

#include "device/math.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// y (rows x columns) += b (columns), for each row.
void AddToRows(int64_t rows, int64_t columns, const float* b, float* y) {
  ParallelFor(rows, columns * 0.1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      for (int64_t c = 0; c < columns; ++c) y[r * columns + c] += b[c];
    }
  });
}

float MeanMagnitude(const float* x, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::abs(x[i]);
  return static_cast<float>(sum / std::max<int64_t>(1, n));
}

}  // namespace

void BackwardMatrix(const Context& context, int64_t rows, int64_t columns,
                    int64_t inner, const float* dy, const float* x,
                    Parameter* weights) {
  if (!weights->learns) return;
  Gemm(context, true, false, columns, inner, rows, 1, dy, x,
       weights->accumulate ? 1 : 0, weights->blob.diff.data());
}

void BackwardBias(int64_t rows, int64_t columns, const float* dy,
                  Parameter* bias) {
  if (!bias->learns) return;
  if (!bias->accumulate) bias->blob.diff.Zero();
  float* db = bias->blob.diff.data();
  ParallelFor(columns, rows * 0.1, [=](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = begin; c < end; ++c) db[c] += dy[r * columns + c];
    }
  });
}

Recurrent::Recurrent(const LayerParameter& param, const Context& context,
                     int states, int gates)
    : Layer(param, context),
      outputs_(static_cast<int>(param.recurrent_param().num_output())),
      sums_(gates * outputs_),
      states_(states),
      carried_(states) {
  Require(outputs_ > 0, "recurrent_param needs num_output");
}

LayerTraits Recurrent::traits() const {
  const int exposed = exposes() ? static_cast<int>(states_.size()) : 0;
  LayerTraits t;
  t.min_bottoms = 2 + exposed;
  t.max_bottoms = 3 + exposed;
  t.min_tops = 1 + exposed;
  t.max_tops = 1 + exposed;
  return t;
}

Shapes Recurrent::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 2,
          "needs a first bottom of steps x sequences x ..., not ", x);
  steps_ = x[0];
  streams_ = x[1];
  inputs_ = x.count(2);
  has_static_ = static_cast<int>(bottoms.size()) == traits().max_bottoms;
  CheckBottoms(bottoms);
  DeclareParams(bottoms);
  Shapes tops(top_count(), {1, streams_, outputs_});
  tops[0][0] = steps_;
  return tops;
}

void Recurrent::CheckBottoms(const Shapes& bottoms) const {
  const Shape& x = bottoms[0];
  Require(steps_ > 0 && inputs_ > 0, "a first bottom of ", x,
          " has no steps or no values");
  const Shape marks = {steps_, streams_};
  Require(bottoms[1] == marks, "a first bottom of ", x, " needs ", marks,
          " marks of continuation, but the second bottom is ", bottoms[1]);
  if (has_static_) {
    Require(bottoms[2].axes() >= 1 && bottoms[2][0] == streams_,
            "the third bottom, constant over time, is ", bottoms[2],
            "; its first axis must count the ", streams_, " sequences");
  }
  const Shape state = {1, streams_, outputs_};
  for (size_t b = has_static_ ? 3 : 2; b < bottoms.size(); ++b) {
    Require(bottoms[b] == state, "bottom ", b, " is a first state and must be ",
            state, ", not ", bottoms[b]);
  }
}

void Recurrent::DeclareParams(const Shapes& bottoms) {
  const RecurrentParameter& p = param_.recurrent_param();
  DeclareParam(0, {sums_, static_cast<int>(inputs_)}, p.weight_filler());
  DeclareParam(1, {sums_}, p.bias_filler());
  if (has_static_) {
    statics_ = bottoms[2].count(1);
    DeclareParam(2, {sums_, static_cast<int>(statics_)}, p.weight_filler());
  }
  DeclareParam(last_param(), {sums_, outputs_}, p.weight_filler());
}

int64_t Recurrent::multiply_adds() const {
  return rows() * sums_ * (inputs_ + outputs_) + streams_ * sums_ * statics_;
}

void Recurrent::Forward(const Blobs& bottoms, const Blobs& tops) {
  BeginStates(bottoms);
  SumInputs(bottoms);
  const float* cont = bottoms[1]->data.data();
  for (int t = 0; t < steps_; ++t) {
    SumHidden(t, cont + int64_t{t} * streams_);
    Step(t, cont + int64_t{t} * streams_);
    if (!param_.recurrent_param().debug_info()) continue;
    LOG(INFO) << "layer \"" << name() << "\", step " << t
              << ": mean |h| = " << MeanMagnitude(state(0, t + 1), row_size());
  }
  Emit(tops[0]->data.data());
  EndStates(tops);
}

void Recurrent::BeginStates(const Blobs& bottoms) {
  for (size_t s = 0; s < states_.size(); ++s) {
    states_[s].resize((steps_ + 1) * row_size());
    const float* start = nullptr;
    if (exposes()) {
      start = bottoms[(has_static_ ? 3 : 2) + s]->data.data();
    } else {
      // The first batch, or another number of sequences: all begin.
      if (static_cast<int64_t>(carried_[s].size()) != row_size()) {
        carried_[s].assign(row_size(), 0);
      }
      start = carried_[s].data();
    }
    std::copy_n(start, row_size(), states_[s].begin());
  }
}

void Recurrent::SumInputs(const Blobs& bottoms) {
  z_.resize(rows() * sums_);
  Gemm(context(), false, true, rows(), sums_, inputs_, 1,
       bottoms[0]->data.data(), weights(0), 0, z_.data());
  AddToRows(rows(), sums_, weights(1), z_.data());
  if (!has_static_) return;
  const int64_t step = int64_t{streams_} * sums_;
  std::vector<float> constant(step);
  Gemm(context(), false, true, streams_, sums_, statics_, 1,
       bottoms[2]->data.data(), weights(2), 0, constant.data());
  AddToRows(steps_, step, constant.data(), z_.data());
}

void Recurrent::SumHidden(int t, const float* cont) {
  kept_.resize(rows() * outputs_);
  float* kept = &kept_[t * row_size()];
  const float* h = state(0, t);
  const int64_t n = outputs_;
  ParallelFor(streams_, n * 0.2, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin * n; i < end * n; ++i) kept[i] = cont[i / n] * h[i];
  });
  Gemm(context(), false, true, streams_, sums_, outputs_, 1, kept,
       weights(last_param()), 1, z(t));
}

void Recurrent::EndStates(const Blobs& tops) {
  for (size_t s = 0; s < states_.size(); ++s) {
    const float* last = state(static_cast<int>(s), steps_);
    if (exposes()) {
      std::copy_n(last, row_size(), tops[1 + s]->data.data());
    } else {
      std::copy_n(last, row_size(), carried_[s].begin());
    }
  }
}

void Recurrent::Backward(const Blobs& tops, const Blobs& bottoms) {
  dh_.resize(rows() * outputs_);
  dz_.resize(rows() * sums_);
  EmitBack(*tops[0], dh_.data());
  BackThroughSteps(bottoms[1]->data.data());
  std::vector<float> dz_sum;  // over the steps
  if (has_static_) {
    const int64_t step = int64_t{streams_} * sums_;
    dz_sum.assign(step, 0);
    for (int64_t i = 0; i < steps_ * step; ++i) dz_sum[i % step] += dz_[i];
  }
  BackwardParams(bottoms, dz_sum);
  BackwardBottoms(bottoms, dz_sum);
}

void Recurrent::BackThroughSteps(const float* cont) {
  dh_before_.resize(row_size());
  const int64_t n = outputs_;
  for (int t = steps_ - 1; t >= 0; --t) {
    float* dz = &dz_[int64_t{t} * streams_ * sums_];
    const float* goes_on = cont + int64_t{t} * streams_;
    StepBack(t, goes_on, &dh_[t * row_size()], dz);
    if (t == 0) break;
    Gemm(context(), false, false, streams_, outputs_, sums_, 1, dz,
         weights(last_param()), 0, dh_before_.data());
    float* dh = &dh_[(t - 1) * row_size()];
    for (int64_t i = 0; i < row_size(); ++i) {
      dh[i] += goes_on[i / n] * dh_before_[i];
    }
  }
}

void Recurrent::BackwardParams(const Blobs& bottoms,
                               const std::vector<float>& dz_sum) {
  std::vector<Parameter>& p = params();
  BackwardMatrix(context(), rows(), sums_, inputs_, dz_.data(),
                 bottoms[0]->data.data(), &p[0]);
  BackwardBias(rows(), sums_, dz_.data(), &p[1]);
  BackwardMatrix(context(), rows(), sums_, outputs_, dz_.data(), kept_.data(),
                 &p[last_param()]);
  if (!has_static_) return;
  BackwardMatrix(context(), streams_, sums_, statics_, dz_sum.data(),
                 bottoms[2]->data.data(), &p[2]);
}

void Recurrent::BackwardBottoms(const Blobs& bottoms,
                                const std::vector<float>& dz_sum) {
  if (propagate_down(0)) {
    Gemm(context(), false, false, rows(), inputs_, sums_, 1, dz_.data(),
         weights(0), 0, bottoms[0]->diff.data());
  }
  if (has_static_ && propagate_down(2)) {
    Gemm(context(), false, false, streams_, statics_, sums_, 1, dz_sum.data(),
         weights(2), 0, bottoms[2]->diff.data());
  }
  for (size_t b = has_static_ ? 3 : 2; b < bottoms.size(); ++b) {
    if (propagate_down(b)) bottoms[b]->diff.Zero();
  }
}

}  // namespace doppio
