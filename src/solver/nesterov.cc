#include "solver/nesterov.h"

namespace doppio {

const RegisterUpdateRule<Nesterov<OnCpu>> kNesterov("Nesterov");

}  // namespace doppio
