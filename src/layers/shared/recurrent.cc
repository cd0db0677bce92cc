#include "layers/shared/recurrent.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>

#include "core/memory.h"
#include "doppio/error.h"
#include "layers/shared/room.h"

namespace doppio {
Recurrent::Recurrent(const LayerParameter& param, const Context& context,
                     const RowMath& math, int states, int gates)
    : Layer(param, context),
      math_(math),
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
              << ": mean |h| = " << MeanHidden(t + 1);
  }
  Emit(tops[0]->data.data());
  EndStates(tops);
}

float Recurrent::MeanHidden(int t) {
  std::vector<float> h(row_size());
  Copy(Device::kCpu, h.data(), device(), state(0, t), h.size() * sizeof(float));
  double sum = 0;
  for (const float v : h) sum += std::abs(v);
  return static_cast<float>(sum / std::max<size_t>(1, h.size()));
}

void Recurrent::BeginStates(const Blobs& bottoms) {
  for (size_t s = 0; s < states_.size(); ++s) {
    float* first = Room((steps_ + 1) * row_size(), device(), &states_[s]);
    // Zeros in the first batch, or for another number of sequences: all begin.
    const float* start = exposes()
                             ? bottoms[(has_static_ ? 3 : 2) + s]->data.data()
                             : Room(row_size(), device(), &carried_[s]);
    Copy(device(), first, device(), start, row_size() * sizeof(float));
  }
}

std::vector<Tensor*> Recurrent::carried() {
  std::vector<Tensor*> states;
  if (exposes()) return states;
  for (Tensor& state : carried_) states.push_back(&state);
  return states;
}

void Recurrent::SumInputs(const Blobs& bottoms) {
  float* z = Room(rows() * sums_, device(), &z_);
  math_.Gemm(context(), false, true, rows(), sums_, inputs_,
             bottoms[0]->data.data(), weights(0), 0, z);
  math_.AddToRows(rows(), sums_, weights(1), z);
  if (!has_static_) return;
  const int64_t step = int64_t{streams_} * sums_;
  float* constant = Room(step, device(), &constant_);
  math_.Gemm(context(), false, true, streams_, sums_, statics_,
             bottoms[2]->data.data(), weights(2), 0, constant);
  math_.AddToRows(steps_, step, constant, z);
}

void Recurrent::SumHidden(int t, const float* cont) {
  float* kept =
      Room(rows() * outputs_, device(), &kept_) + int64_t{t} * row_size();
  math_.ScaleRows(streams_, outputs_, false, cont, state(0, t), kept);
  math_.Gemm(context(), false, true, streams_, sums_, outputs_, kept,
             weights(last_param()), 1, z(t));
}

void Recurrent::EndStates(const Blobs& tops) {
  for (size_t s = 0; s < states_.size(); ++s) {
    const float* last = state(static_cast<int>(s), steps_);
    Tensor& to = exposes() ? tops[1 + s]->data : carried_[s];
    Copy(device(), to.data(), device(), last, row_size() * sizeof(float));
  }
}

void Recurrent::Backward(const Blobs& tops, const Blobs& bottoms) {
  Room(rows() * sums_, device(), &dz_);
  EmitBack(*tops[0], Room(rows() * outputs_, device(), &dh_));
  BackThroughSteps(bottoms[1]->data.data());
  if (has_static_) {
    const int64_t step = int64_t{streams_} * sums_;
    math_.SumRows(steps_, step, false, dz_.data(),
                  Room(step, device(), &constant_));
  }
  BackwardParams(bottoms);
  BackwardBottoms(bottoms);
}

void Recurrent::BackThroughSteps(const float* cont) {
  float* dh_before = Room(row_size(), device(), &dh_before_);
  for (int t = steps_ - 1; t >= 0; --t) {
    float* dz = dz_.data() + int64_t{t} * streams_ * sums_;
    const float* goes_on = cont + int64_t{t} * streams_;
    StepBack(t, goes_on, dh_.data() + t * row_size(), dz);
    if (t == 0) break;
    math_.Gemm(context(), false, false, streams_, outputs_, sums_, dz,
               weights(last_param()), 0, dh_before);
    math_.ScaleRows(streams_, outputs_, true, goes_on, dh_before,
                    dh_.data() + (t - 1) * row_size());
  }
}

void Recurrent::BackwardMatrix(int64_t rows, int64_t columns, int64_t inner,
                               const float* dy, const float* x,
                               Parameter* weights) {
  if (!weights->learns) return;
  math_.Gemm(context(), true, false, columns, inner, rows, dy, x,
             weights->accumulate ? 1 : 0, weights->blob.diff.data());
}

void Recurrent::BackwardBias(int64_t rows, int64_t columns, const float* dy,
                             Parameter* bias) {
  if (!bias->learns) return;
  math_.SumRows(rows, columns, bias->accumulate, dy, bias->blob.diff.data());
}

void Recurrent::BackwardParams(const Blobs& bottoms) {
  std::vector<Parameter>& p = params();
  BackwardMatrix(rows(), sums_, inputs_, dz_.data(), bottoms[0]->data.data(),
                 &p[0]);
  BackwardBias(rows(), sums_, dz_.data(), &p[1]);
  BackwardMatrix(rows(), sums_, outputs_, dz_.data(), kept_.data(),
                 &p[last_param()]);
  if (!has_static_) return;
  BackwardMatrix(streams_, sums_, statics_, constant_.data(),
                 bottoms[2]->data.data(), &p[2]);
}

void Recurrent::BackwardBottoms(const Blobs& bottoms) {
  if (propagate_down(0)) {
    math_.Gemm(context(), false, false, rows(), inputs_, sums_, dz_.data(),
               weights(0), 0, bottoms[0]->diff.data());
  }
  if (has_static_ && propagate_down(2)) {
    math_.Gemm(context(), false, false, streams_, statics_, sums_,
               constant_.data(), weights(2), 0, bottoms[2]->diff.data());
  }
  for (size_t b = has_static_ ? 3 : 2; b < bottoms.size(); ++b) {
    if (propagate_down(b)) bottoms[b]->diff.Zero();
  }
}

}  // namespace doppio
