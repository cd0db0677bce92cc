#include "net/debug_info.h"

#include <glog/logging.h>

#include <cmath>

namespace doppio {
namespace {

double MeanAbsolute(const Tensor& tensor) {
  double sum = 0;
  for (const float v : tensor.ToVector()) sum += std::abs(v);
  return tensor.count() > 0 ? sum / tensor.count() : 0;
}

void Log(const char* pass, const Step& step, const std::string& what,
         const Tensor& tensor) {
  LOG(INFO) << "  [" << pass << "] layer " << step.layer->name() << ", " << what
            << ": " << MeanAbsolute(tensor);
}

}  // namespace

void LogForward(const Step& step, const std::deque<Place>& places) {
  for (const int t : step.tops) {
    Log("forward", step, "top " + places[t].name, places[t].blob.data);
  }
  for (size_t i = 0; i < step.layer->params().size(); ++i) {
    Log("forward", step, "parameter " + std::to_string(i),
        step.layer->params()[i].blob.data);
  }
}

void LogBackward(const Step& step, const std::deque<Place>& places) {
  for (size_t b = 0; b < step.bottoms.size(); ++b) {
    if (!step.propagate_down[b]) continue;
    const Place& place = places[step.bottoms[b]];
    Log("backward", step, "bottom " + place.name, place.blob.diff);
  }
  for (size_t i = 0; i < step.layer->params().size(); ++i) {
    const Parameter& p = step.layer->params()[i];
    if (p.learns) {
      Log("backward", step, "parameter " + std::to_string(i), p.blob.diff);
    }
  }
}

}  // namespace doppio
