#pragma once

#include <cstdint>
#include <vector>

#include "doppio/layer.h"
#include "layers/shared/row_math.h"

namespace doppio {

// What RNN and LSTM have in common: N sequences are read step by step, and a
// hidden state h of D values goes from each step to the next.
//   bottoms: x     T x N x ..., I values for each step and sequence
//            cont  T x N: 0 where a sequence begins, 1 where it goes on
//            xs    N x ..., S values, the same at every step; may be left out
//            h0... 1 x N x D, with expose_hidden: each first state
//   tops:    T x N x D, and with expose_hidden 1 x N x D: each last state
//   params:  Wx K x I, b K, Wxs K x S if there is xs, Wh K x D, and what the
//            derived layer adds
// Each step starts from z = Wx x + b + Wxs xs + Wh (cont * h), K values.
//
// Unless they are exposed, states go on from one batch to the next. Gradients
// don't: as in Caffe, first states get zeros, and the diff of last states is
// not read.
class Recurrent : public Layer {
 public:
  // `states` go from step to step, h being the first; z has `gates` * D values.
  // `math` is the device's.
  Recurrent(const LayerParameter& param, const Context& context,
            const RowMath& math, int states, int gates);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom != 1; }
  int64_t multiply_adds() const override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
  std::vector<Tensor*> carried() override;

 protected:
  // From z of this step and the states before it, the states after it.
  virtual void Step(int t, const float* cont) = 0;
  // From the states, the first top.
  virtual void Emit(float* y) = 0;
  // From the first top's diff, the part of the hidden states' diff that comes
  // by way of the top.
  virtual void EmitBack(const Blob& top, float* dh) = 0;
  // From the diff of h after this step, that of z.
  virtual void StepBack(int t, const float* cont, const float* dh,
                        float* dz) = 0;

  bool exposes() const { return param_.recurrent_param().expose_hidden(); }
  int64_t rows() const { return int64_t{steps_} * streams_; }
  int64_t row_size() const { return int64_t{streams_} * outputs_; }
  float* z(int t) { return z_.data() + int64_t{t} * streams_ * sums_; }
  // A state before step t; that before step T is the last.
  float* state(int which, int t) {
    return states_[which].data() + t * row_size();
  }
  const float* weights(int p) const { return params()[p].blob.data.data(); }
  int last_param() const { return has_static_ ? 3 : 2; }  // Wh

  // The gradient of weights (columns x inner) of y = W x, from dy (rows x
  // columns) and x (rows x inner), written or added as the parameter asks.
  void BackwardMatrix(int64_t rows, int64_t columns, int64_t inner,
                      const float* dy, const float* x, Parameter* weights);
  // The same for a bias: the sums over rows.
  void BackwardBias(int64_t rows, int64_t columns, const float* dy,
                    Parameter* bias);

  const RowMath& math_;
  const int outputs_;  // D
  const int sums_;     // K
  int steps_ = 0;      // T
  int streams_ = 0;    // N

 private:
  void CheckBottoms(const Shapes& bottoms) const;
  void DeclareParams(const Shapes& bottoms);
  void BeginStates(const Blobs& bottoms);
  void SumInputs(const Blobs& bottoms);
  void SumHidden(int t, const float* cont);
  void EndStates(const Blobs& tops);
  void BackThroughSteps(const float* cont);
  void BackwardParams(const Blobs& bottoms);
  void BackwardBottoms(const Blobs& bottoms);
  float MeanHidden(int t);

  bool has_static_ = false;
  int64_t inputs_ = 0, statics_ = 0;  // I, S
  std::vector<Tensor> states_;        // (T + 1) x N x D each
  std::vector<Tensor> carried_;       // N x D each
  Tensor kept_;                       // cont * h, T x N x D
  Tensor z_, dz_;                     // T x N x K
  Tensor constant_;                   // Wxs xs, or the sum of dz over the steps
  Tensor dh_;                         // T x N x D
  Tensor dh_before_;                  // N x D
};

}  // namespace doppio
