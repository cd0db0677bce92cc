#include "solver/passes.h"

#include <glog/logging.h>

namespace doppio {

Passes::Passes(const Context& context, const Options& options, Net* net)
    : net_(net), halt_at_nan_(options.halt_at_nan) {
  if (context.device() != Device::kCuda) {
    if (options.graphs) LOG(WARNING) << "--cuda_graph has no effect on the CPU";
  } else if (options.on_gpu) {
    readback_ = OpenReadback(context);
    if (options.graphs) graphs_ = OpenStepGraphs(context, net);
  } else if (options.graphs) {
    LOG(WARNING) << "--cuda_graph has no effect, since some of the net's "
                    "parameters lie on the CPU";
  }
}

void Passes::Run(const std::function<void()>& pass) {
  graphs_ ? graphs_->Record(pass) : pass();
}

void Passes::Forward(int iteration, int part) {
  if (graphs_ && part == 0) graphs_->NextIteration();
  TrainingPass pass{iteration, part, net_->pass(), PositionsOf(*net_), {}};
  if (readback_ == nullptr) {
    pass.result.loss = net_->Forward();
  } else {
    const auto add_loss = [this](const Step& step) {
      for (size_t t = 0; t < step.tops.size(); ++t) {
        if (step.loss_weights[t] == 0) continue;
        readback_->Add(step.top_blobs[t]->data, step.loss_weights[t]);
      }
    };
    readback_->Queue(halt_at_nan_,
                     [&] { Run([&] { net_->Forward(add_loss); }); });
  }
  passes_.push_back(std::move(pass));
}

void Passes::Backward(bool accumulate) {
  Run([&] { net_->Backward(accumulate); });
}

TrainingPass Passes::Next() {
  TrainingPass pass = std::move(passes_.front());
  passes_.pop_front();
  if (readback_) pass.result = readback_->Next();
  return pass;
}

void Passes::Drop() {
  passes_.clear();
  if (readback_) readback_->Reset();
}

void Passes::Repeat(const TrainingPass& pass) {
  if (readback_ == nullptr) return;
  Drop();
  net_->set_pass(pass.number);
  Seek(pass.before, net_);
  net_->Forward();
}

}  // namespace doppio
