#include "solver/adam.h"

namespace doppio {

const RegisterUpdateRule<Adam<OnCpu>> kAdam("Adam");
const RegisterUpdateRule<AdamW<OnCpu>> kAdamW("AdamW");

}  // namespace doppio
