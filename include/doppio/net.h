#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "doppio/context.h"
#include "doppio/layer.h"
#include "doppio/prototxt.h"
#include "doppio/tensor.h"

namespace doppio {

// One layer in its place. Splits and reorders that the net inserted are steps
// like any other.
struct Step {
  std::unique_ptr<Layer> layer;
  bool inserted = false;             // by the net, named in no prototxt
  std::string location;              // file:line: layer "name" (Type)
  std::vector<int> bottoms, tops;    // indices of Places
  std::vector<float> loss_weights;   // one per top
  bool backward = false;             // whether Backward runs it
  std::vector<bool> propagate_down;  // per bottom
  Blobs bottom_blobs, top_blobs;
  // The layer that does this one's work; the step then does not run.
  const Layer* absorbed_by = nullptr;
};

// A place in the net that holds values. A name of the prototxt may have several
// places one after the other: a layer that writes its bottom's name without
// being able to run in place gets a new one.
struct Place {
  std::string name;
  Shape shape;
  Device device = Device::kCpu;
  LayoutPtr layout;
  bool wants_diff = false;
  Blob blob;
};

// A parameter that a solver updates, once however many layers share it.
struct Learnable {
  std::string layer;  // its first owner
  int index = 0;      // into that layer's params()
  Parameter* param = nullptr;
  float lr_mult = 1;
  float decay_mult = 1;
};

// Values of a top that no layer takes: losses, accuracies, predictions.
struct Output {
  std::string name;
  int place = 0;
  float loss_weight = 0;
};

// Layers in order, the blobs between them, and their parameters.
//
// Built from source.net with its `state` (phase, level, stages) deciding which
// layers belong; throws Error, with the place in the file, for anything that
// does not fit together.
class Net {
 public:
  struct Options {
    // False stops after the shapes and layouts: no memory for data or
    // parameters, and no Forward. For `inspect`.
    bool allocate = true;
    // False plans no Backward, which saves memory.
    bool backward = true;
    // Lets data and diffs that are not needed at the same time share memory.
    // After a pass only inputs, outputs and parameters can then be looked at.
    bool reuse_memory = false;
    // Lets layers do the work of others that follow them, see Layer::CanAbsorb.
    // Blobs in between do not exist then if memory is reused, either.
    bool fuse = true;
    // Parameters are shared with this net's layers of the same name.
    Net* share_with = nullptr;
    // What the diffs of losses are multiplied by, and so all gradients.
    float loss_scale = 1;
  };

  explicit Net(const NetSource& source, const Context& context = Context());
  Net(const NetSource& source, const Context& context, const Options& options);
  ~Net();

  // Runs all layers; the sum of the losses times their weights.
  float Forward();
  // The same without asking a GPU for the losses, which it may still have to
  // compute: `take` is called after each step.
  void Forward(const std::function<void(const Step& step)>& take);
  // Fills the diffs of all blobs and parameters that want them. Parameters'
  // diffs are overwritten, or added to if `accumulate`.
  void Backward(bool accumulate = false);
  // Infers shapes and plans anew, after the tensor of an input's blob was
  // replaced by one of another shape.
  void Reshape();

  // Called after each step of Forward and of Backward, e.g. to time it.
  using Observer = std::function<void(const Step& step, bool backward)>;
  void set_observer(Observer observer) { observer_ = std::move(observer); }
  // Called before each of them.
  void set_herald(Observer herald) { herald_ = std::move(herald); }

  const std::string& name() const { return name_; }
  Phase phase() const { return phase_; }
  const std::vector<Step>& steps() const { return steps_; }
  const std::deque<Place>& places() const { return places_; }
  const std::vector<Output>& outputs() const { return outputs_; }
  const std::vector<Learnable>& learnables() const { return learnables_; }
  // Bytes of all data and diffs between the layers.
  size_t blob_bytes() const { return blob_bytes_; }

  // The last place of this name, so that a chain of layers in place gives its
  // final values; null where there is none.
  Blob* blob(const std::string& name);
  Layer* layer(const std::string& name);

  // Number of forward passes done; keys the layers' random numbers. Data layers
  // go on from where they are; see Layer::Seek.
  uint64_t pass() const { return pass_; }
  void set_pass(uint64_t pass) { pass_ = pass; }

  // Copies parameters into the layers of the same name, as Caffe does: layers
  // unknown here are skipped; a blob whose shape differs throws Error. Returns
  // the names of the layers that took theirs.
  std::vector<std::string> CopyWeights(const NetParameter& weights);
  // The net with its parameters, as a .caffemodel holds it.
  NetParameter ToProto() const;

 private:
  void Wire(const NetSource& source);
  void InferShapes(size_t done);
  void Plan(size_t done);
  void UndoPlan(size_t done);
  void FindOutputs();
  void Allocate(size_t done);
  void SetLossWeights();
  bool ShapesHold(const Step& step) const;
  float LossOf(const Step& step) const;

  // How a step was wired, before reorders came in between.
  struct Wiring {
    std::vector<int> bottoms, tops;
  };

  const Context context_;
  const Options options_;
  std::string name_;
  Phase phase_ = TRAIN;
  size_t blob_bytes_ = 0;
  uint64_t pass_ = 0;
  NetParameter param_;  // as filtered, without inserted layers
  std::vector<Step> steps_;
  std::deque<Place> places_;    // steps point into it
  std::vector<Wiring> wiring_;  // of the steps but reorders
  size_t wired_places_ = 0;     // the places but reorders'
  std::vector<Output> outputs_;
  std::vector<Learnable> learnables_;
  std::set<const Parameter*> adding_;  // see AllocateParamDiffs
  Observer observer_, herald_;
};

}  // namespace doppio
