#include "solver/gradient_average.h"

#include <algorithm>
#include <map>

#include "doppio/error.h"

namespace doppio {
namespace {

// Large enough to be worth a kernel and the links between the GPUs, small
// enough to go while Backward still has much to do.
constexpr size_t kBucketBytes = size_t{4} << 20;

void RequireOnGpu(const Net& net) {
  for (const Learnable& learnable : net.learnables()) {
    Require(learnable.lr_mult == 0 ||
                learnable.param->blob.data.device() == Device::kCuda,
            "layer \"", learnable.layer,
            "\" has parameters on the CPU; several GPUs train only what lies "
            "on them");
  }
}

}  // namespace

GradientAverage::GradientAverage(Ranks* ranks, const Net& net)
    : gpus_((RequireOnGpu(net), OpenNccl(ranks))) {}

void GradientAverage::Backward(Net* net, bool accumulate) {
  FindDue(*net);
  net->set_observer([this, net](const Step& step, bool) {
    Reach(static_cast<int>(&step - net->steps().data()));
  });
  net->Backward(accumulate);
  net->set_observer(nullptr);
  Reach(0);
  Send();
  gpus_->End();
}

// Anew each time, since another shape of input may have changed the steps.
void GradientAverage::FindDue(const Net& net) {
  std::map<const void*, int> last;  // by memory, which sharers share
  for (size_t i = net.steps().size(); i-- > 0;) {
    if (!net.steps()[i].backward) continue;
    for (const Parameter& p : net.steps()[i].layer->params()) {
      last[p.blob.diff.storage()] = static_cast<int>(i);
    }
  }
  due_.clear();
  next_ = 0;
  for (const Learnable& learnable : net.learnables()) {
    const Tensor& gradient = learnable.param->blob.diff;
    const auto found = last.find(gradient.storage());
    if (learnable.lr_mult == 0 || gradient.empty() || found == last.end()) {
      continue;
    }
    due_.push_back({found->second, gradient});
  }
  std::stable_sort(due_.begin(), due_.end(),
                   [](const Due& a, const Due& b) { return a.step > b.step; });
}

// Backward has done this step and those after it.
void GradientAverage::Reach(int step) {
  size_t bytes = 0;
  for (const Tensor& gradient : bucket_) bytes += gradient.bytes();
  for (; next_ < due_.size() && due_[next_].step >= step; ++next_) {
    bucket_.push_back(due_[next_].gradient);
    bytes += due_[next_].gradient.bytes();
  }
  if (bytes >= kBucketBytes) Send();
}

void GradientAverage::Send() {
  if (!bucket_.empty()) gpus_->Begin(bucket_);
  bucket_.clear();
}

}  // namespace doppio
