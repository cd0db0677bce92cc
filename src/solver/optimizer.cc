#include "solver/optimizer.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>

#include "device/sum_of_squares.h"
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

bool Optimizer::AllOnGpu() const {
  return std::all_of(
      learnables_.begin(), learnables_.end(), [](const Learnable& l) {
        return !Learns(l) || l.param->blob.data.device() == Device::kCuda;
      });
}

// An update's scale, and the norm of what it scales where that matters. As in
// Caffe, clip_gradients limits the sum over iter_size batches, before it is
// divided. A GPU finds out for itself, unless parameters of the CPU have to
// know, or the host whether a gradient has outgrown loss_scale.
ParameterUpdate Optimizer::Scaled(const float* halted, double* norm) {
  const double loss_scale = param_.loss_scale();
  const double limit = param_.clip_gradients() >= 0
                           ? param_.clip_gradients() * loss_scale
                       : loss_scale != 1 ? HUGE_VAL
                                         : -1;
  double scale = 1 / loss_scale / param_.iter_size(), squares = 0;
  std::vector<FloatArray> on_gpu;
  for (const Learnable& learnable : learnables_) {
    if (!Learns(learnable)) continue;
    Tensor& diff = learnable.param->blob.diff;
    const FloatArray floats{FloatsOf(&diff), StoredFloats(diff)};
    if (diff.device() == Device::kCuda) {
      on_gpu.push_back(floats);
    } else if (limit >= 0) {
      squares += SumOfSquares(floats.values, floats.count);
    }
  }
  ParameterUpdate update;
  if (!on_gpu.empty() && (limit >= 0 || halted != nullptr)) {
    update.control = control_.Write(on_gpu, squares, scale, limit, halted);
    if (loss_scale != 1 || !AllOnGpu()) {
      const UpdateControl::Values values = control_.Read();
      update.scale = values.scale;
      if (values.halted == 0) *norm = values.norm;
    }
    return update;
  }
  *norm = std::sqrt(squares);
  if (limit >= 0 && *norm > limit) scale *= limit / *norm;
  update.scale = static_cast<float>(scale);
  return update;
}

void Optimizer::Apply(float learning_rate, int iteration, const float* halted) {
  double norm = 0;
  ParameterUpdate update = Scaled(halted, &norm);
  if (param_.loss_scale() != 1 && !std::isfinite(norm)) {
    LOG(WARNING) << "iteration " << iteration
                 << ": a gradient, multiplied by loss_scale "
                 << param_.loss_scale()
                 << ", is not finite; this update is left out";
    return;
  }
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
