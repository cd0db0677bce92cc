#include "solver/sgd.h"

namespace doppio {

const RegisterUpdateRule<Sgd<OnCpu>> kSgd("SGD");

}  // namespace doppio
