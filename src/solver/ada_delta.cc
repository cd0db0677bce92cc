#include "solver/ada_delta.h"

namespace doppio {

const RegisterUpdateRule<AdaDelta<OnCpu>> kAdaDelta("AdaDelta");

}  // namespace doppio
