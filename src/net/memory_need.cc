#include "net/memory_need.h"

#include "device/cuda_device.h"
#include "device/onednn.h"
#include "net/summary.h"

namespace doppio {

size_t MemoryNeed::total() const {
  return blobs + parameters + gradients + history + layers + scratch;
}

MemoryNeed PredictMemory(const Net& net, const Context& context,
                         int histories) {
  const StepSummary total = Summarize(net, {}).total;
  MemoryNeed need;
  need.blobs = net.blob_bytes();
  need.parameters = total.parameter_bytes;
  need.gradients = total.gradient_bytes;
  need.history = total.parameter_bytes * histories;
  for (const Step& step : net.steps()) {
    if (step.absorbed_by == nullptr) need.layers += step.layer->own_bytes();
  }
  const Libraries& libraries = context.libraries();
  need.scratch = libraries.scratch_bytes + libraries.winograd.planned_bytes();
  if (libraries.cuda) need.scratch += ScratchBytes(*libraries.cuda);
  return need;
}

std::string ToString(const MemoryNeed& need) {
  std::string text = Mebibytes(need.total()) + " MiB: ";
  text += "blobs " + Mebibytes(need.blobs);
  text += ", parameters " + Mebibytes(need.parameters);
  if (need.gradients > 0) text += ", gradients " + Mebibytes(need.gradients);
  if (need.history > 0) text += ", history " + Mebibytes(need.history);
  text += ", layers' own " + Mebibytes(need.layers);
  return text + ", scratch " + Mebibytes(need.scratch);
}

}  // namespace doppio
