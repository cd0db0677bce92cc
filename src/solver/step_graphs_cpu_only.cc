#include "device/cuda_device.h"
#include "doppio/error.h"
#include "solver/step_graphs.h"

namespace doppio {

std::unique_ptr<StepGraphs> OpenStepGraphs(const Context&, Net*) {
  throw Error(WhyNoCuda());
}

}  // namespace doppio
