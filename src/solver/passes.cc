#include "solver/passes.h"

namespace doppio {

Passes::Passes(const Context& context, bool on_gpu, bool halt_at_nan, Net* net)
    : net_(net), halt_at_nan_(halt_at_nan) {
  if (on_gpu && context.device() == Device::kCuda) {
    readback_ = OpenReadback(context);
  }
}

void Passes::Forward(int iteration, int part) {
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
    readback_->Queue(halt_at_nan_, [&] { net_->Forward(add_loss); });
  }
  passes_.push_back(std::move(pass));
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
