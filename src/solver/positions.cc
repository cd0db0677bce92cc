#include "solver/positions.h"

namespace doppio {

Positions PositionsOf(const Net& net) {
  Positions positions;
  for (const Step& step : net.steps()) {
    const int64_t position = step.layer->position();
    if (position != 0) positions[step.layer->name()] = position;
  }
  return positions;
}

void Seek(const Positions& positions, Net* net) {
  for (const Step& step : net->steps()) {
    const auto found = positions.find(step.layer->name());
    const int64_t wanted = found == positions.end() ? 0 : found->second;
    // A data layer that has to jump throws away what it read ahead.
    if (step.layer->position() != wanted) step.layer->Seek(wanted);
  }
}

}  // namespace doppio
