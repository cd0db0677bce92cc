#include "solver/optimizer.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>

#include "doppio/error.h"
#include "io/blob_proto.h"

namespace doppio {
namespace {

// Floats in a tensor's memory, padding included.
int64_t StoredFloats(const Tensor& tensor) {
  return static_cast<int64_t>(tensor.bytes() / sizeof(float));
}

float* FloatsOf(Tensor* tensor) {
  return static_cast<float*>(tensor->storage());
}

bool Learns(const Learnable& learnable) { return learnable.lr_mult != 0; }

Tensor Zeros(const Tensor& like) {
  return Tensor(like.shape(), like.device(), like.layout());
}

}  // namespace

Optimizer::Optimizer(const SolverParameter& param, const Net& net)
    : param_(param), learnables_(net.learnables()) {
  rules_[Device::kCpu] = UpdateRuleRegistry::Global().Create(param);
  for (const Learnable& learnable : learnables_) {
    std::unique_ptr<UpdateRule>& rule =
        rules_[learnable.param->blob.data.device()];
    if (!rule) {
      rule = UpdateRuleRegistry::Global().Create(param, Device::kCuda);
    }
  }
  const int memories = rules_[Device::kCpu]->memories();
  for (int memory = 0; memory < memories; ++memory) {
    for (const Learnable& learnable : learnables_) {
      history_.push_back(Zeros(learnable.param->blob.data));
    }
  }
  // As in Caffe, weight decay reaches parameters that no loss depends on.
  for (const Learnable& learnable : learnables_) {
    Blob& blob = learnable.param->blob;
    if (Learns(learnable) && blob.diff.empty()) blob.diff = Zeros(blob.data);
  }
}

// Of the true gradients, summed over iter_size batches.
double Optimizer::GradientNorm() const {
  std::map<Device, std::vector<FloatArray>> gradients;
  for (const Learnable& learnable : learnables_) {
    if (!Learns(learnable)) continue;
    Tensor& diff = learnable.param->blob.diff;
    gradients[diff.device()].push_back({FloatsOf(&diff), StoredFloats(diff)});
  }
  double squares = 0;
  for (const auto& [device, arrays] : gradients) {
    squares += SumOfSquares(device, arrays);
  }
  return std::sqrt(squares) / param_.loss_scale();
}

// What the update multiplies diffs by; none for a scaled one that is not
// finite. As in Caffe, clip_gradients limits the sum over iter_size batches,
// before it is divided.
std::optional<float> Optimizer::GradientScale(int iteration) const {
  double scale = 1.0 / param_.iter_size() / param_.loss_scale();
  const bool scaled = param_.loss_scale() != 1;
  if (scaled || param_.clip_gradients() >= 0) {
    const double norm = GradientNorm();
    if (scaled && !std::isfinite(norm)) {
      LOG(WARNING) << "iteration " << iteration
                   << ": a gradient, multiplied by loss_scale "
                   << param_.loss_scale()
                   << ", is not finite; this update is left out";
      return {};
    }
    const float most = param_.clip_gradients();
    if (most >= 0 && norm > most) scale *= most / norm;
  }
  return static_cast<float>(scale);
}

void Optimizer::Apply(float learning_rate, int iteration) {
  const std::optional<float> scale = GradientScale(iteration);
  if (!scale) return;
  ParameterUpdate update;
  update.scale = *scale;
  update.iteration = iteration;
  std::map<Device, std::vector<ParameterUpdate>> updates;
  const bool l1 = param_.regularization_type() == "L1";
  for (size_t i = 0; i < learnables_.size(); ++i) {
    const Learnable& learnable = learnables_[i];
    if (!Learns(learnable)) continue;
    Blob& blob = learnable.param->blob;
    update.count = StoredFloats(blob.data);
    update.data = FloatsOf(&blob.data);
    update.diff = FloatsOf(&blob.diff);
    for (size_t h = i; h < history_.size(); h += learnables_.size()) {
      update.history[h / learnables_.size()] = FloatsOf(&history_[h]);
    }
    update.rate = learning_rate * learnable.lr_mult;
    const float decay = param_.weight_decay() * learnable.decay_mult;
    update.l1 = l1 ? decay : 0;
    update.l2 = l1 ? 0 : decay;
    updates[blob.data.device()].push_back(update);
  }
  for (const auto& [device, of_device] : updates) {
    rules_.at(device)->Apply(of_device);
  }
}

void Optimizer::SaveHistory(SolverState* state) const {
  state->clear_history();
  for (const Tensor& memory : history_) ToProto(memory, state->add_history());
}

void Optimizer::CheckHistory(const SolverState& state) const {
  Require(state.history_size() == static_cast<int>(history_.size()),
          "it holds ", state.history_size(), " arrays of history, but type \"",
          param_.type(), "\" has ", history_.size(), " for this net");
  for (size_t i = 0; i < history_.size(); ++i) {
    const Shape stored = ShapeOf(state.history(i));
    const Learnable& learnable = learnables_[i % learnables_.size()];
    Require(stored == history_[i].shape(), "its history ", i, " is ", stored,
            ", but parameter ", learnable.index, " of layer \"",
            learnable.layer, "\" is ", history_[i].shape());
  }
}

void Optimizer::RestoreHistory(const SolverState& state) {
  for (size_t i = 0; i < history_.size(); ++i) {
    history_[i].CopyFrom(ValuesOf(state.history(i)));
  }
}

}  // namespace doppio
