#pragma once

namespace doppio {

// How often the calling thread has waited for a GPU, or allocated its memory:
// neither can be part of a graph.
long& HostStops();

}  // namespace doppio
