#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "doppio/context.h"
#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

using Blobs = std::vector<Blob*>;
using Shapes = std::vector<Shape>;
using Layouts = std::vector<LayoutPtr>;

// A blob that a layer owns: learnable, or a running statistic.
struct Parameter {
  Shape shape;
  FillerParameter filler;
  Blob blob;         // empty until the net allocates or shares it
  LayoutPtr layout;  // how the layer would have it lie; set by PlanLayouts
  // Whether Backward computes blob.diff at all, and whether it then adds to
  // what is there (shared parameters, iter_size) rather than overwriting it.
  bool learns = true;
  bool accumulate = false;
  // Not learned from a gradient: BatchNorm's running sums. A solver sees it
  // with a learning rate of 0, so that Caffe's snapshots fit.
  bool statistic = false;
};

// What a net must know of a layer type before it can place it.
struct LayerTraits {
  static constexpr int kAny = std::numeric_limits<int>::max();
  int min_bottoms = 1;
  int max_bottoms = 1;
  int min_tops = 1;
  int max_tops = 1;
  // Tops that the prototxt leaves out, up to min_tops, get a name of their own.
  bool automatic_tops = false;
  // A top may be the very memory of its bottom.
  bool in_place = false;
  // Forward gives the tops handles of its own or its bottom's data, so the net
  // allocates none: Split, Flatten, Reshape, data layers.
  bool shares_data = false;
  // The first top counts into the loss unless loss_weight says otherwise.
  bool is_loss = false;
  // Which layouts the default PlanLayouts accepts: row-major only; or any, when
  // each element of a top depends on the same element of the bottoms alone and
  // zeros give zeros.
  bool elementwise = false;
  // Takes bottoms in layouts of bfloat16, too. Without it, the net brings them
  // into the float layout of the same order.
  bool bf16 = false;
  // What Backward reads besides the tops' diff; the rest may be overwritten by
  // then.
  bool backward_reads_bottoms = true;
  bool backward_reads_tops = true;
  // Backward may be given the first bottom's diff in the very memory of the
  // first top's, also where the layer does not run in place.
  bool diff_in_place = false;
};

// The layouts of a layer's bottoms (as it takes them) and tops (as it gives
// them).
struct LayoutPlan {
  Layouts bottoms;
  Layouts tops;
};

// One step of a net. src/layers/README.md walks through adding one.
//
// The net calls, in this order:
//   constructor        reads the parameters, throws Error if they make no sense
//   Reshape            infers shapes, declares parameters; allocates nothing
//   PlanBackward       says which gradients will be wanted
//   CanAbsorb, Absorb  merge it with the layers that follow it
//   PlanLayouts        settles layouts; compiles what the library needs
//   Forward, Backward  as often as needed
// When a bottom's shape changes, it starts again at Reshape.
class Layer {
 public:
  Layer(const LayerParameter& param, const Context& context)
      : param_(param), context_(context) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const std::string& name() const { return param_.name(); }
  const std::string& type() const { return param_.type(); }
  // Where its blobs and parameters have to lie.
  Device device() const { return context_.device(); }
  const LayerParameter& param() const { return param_; }

  virtual LayerTraits traits() const { return {}; }

  // The tops' shapes for bottoms of these shapes. The first call fills
  // params(); later ones check that the parameters still fit.
  virtual Shapes Reshape(const Shapes& bottoms) = 0;

  // Whether a gradient with respect to this bottom exists.
  virtual bool Differentiable(int /*bottom*/) const { return true; }

  // The number of tops the net will pass, automatic ones included.
  int top_count() const;

  // Says which bottoms' diffs Backward has to compute. Which parameters' diffs,
  // Parameter::learns says.
  void PlanBackward(std::vector<bool> propagate_down) {
    propagate_down_ = std::move(propagate_down);
    absorbed_.clear();
  }

  // Whether the layer can do the work of `next` too, which alone reads its only
  // top, and which may be the third in a chain. If so, the net may let it: then
  // its top holds what next would have made of it, next's Forward and Backward
  // are not called, and Backward also computes the diffs of next's parameters.
  // traits() may change by that.
  virtual bool CanAbsorb(const Layer& /*next*/) const { return false; }
  void Absorb(Layer* next) { absorbed_.push_back(next); }

  // Called with the layouts in which the bottoms arrive. The answer's bottoms
  // may differ: the net then inserts a reorder. A parameter whose blob is
  // empty may be given a layout here; one that has memory must be taken as it
  // lies.
  virtual LayoutPlan PlanLayouts(const Layouts& bottoms);

  // Writes the tops' data. May replace a top's data by another handle (to share
  // a bottom's memory); a top's shape may turn out otherwise than inferred in
  // layers whose output depends on the data.
  virtual void Forward(const Blobs& bottoms, const Blobs& tops) = 0;

  // From the tops' diff, overwrites the diff of each bottom with
  // propagate_down, and writes or accumulates the diff of each parameter that
  // learns.
  virtual void Backward(const Blobs& tops, const Blobs& bottoms) = 0;

  std::vector<Parameter>& params() { return params_; }
  const std::vector<Parameter>& params() const { return params_; }

  // Multiplications of the last shapes' Forward, over the whole batch; each
  // goes with an addition. Convolutions and matrix products only.
  virtual int64_t multiply_adds() const { return 0; }

  // Bytes that Forward and Backward allocate for the layer alone, once, as it
  // was planned last: buffers, and what it keeps for Backward.
  virtual size_t own_bytes() const { return 0; }

  // The number of this forward pass since training began. With the seed and the
  // layer's name it keys whatever the layer draws, so Backward and a resumed
  // run draw the same again.
  void set_pass(uint64_t pass) { pass_ = pass; }

  // Layers that read a data set: the number of samples handed out so far, and
  // going on from there. Others stay at 0.
  virtual int64_t position() const { return 0; }
  virtual void Seek(int64_t /*position*/) {}

  // What Forward keeps from one batch for the next, such as the states of a
  // recurrent layer, for snapshots; empty tensors before the first batch.
  virtual std::vector<Tensor*> carried() { return {}; }

 protected:
  bool propagate_down(int bottom) const {
    return bottom < static_cast<int>(propagate_down_.size()) &&
           propagate_down_[bottom];
  }
  bool training() const { return param_.phase() == TRAIN; }
  const std::vector<Layer*>& absorbed() const { return absorbed_; }
  uint64_t pass() const { return pass_; }
  const Context& context() const { return context_; }

  // Declares params()[index] on the first Reshape; afterwards throws Error if
  // the shape has changed.
  void DeclareParam(size_t index, const Shape& shape,
                    const FillerParameter& filler);

  const LayerParameter param_;

 private:
  const Context context_;
  std::vector<Parameter> params_;
  std::vector<bool> propagate_down_;
  std::vector<Layer*> absorbed_;  // in the order of the chain
  uint64_t pass_ = 0;
};

}  // namespace doppio
