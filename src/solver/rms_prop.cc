#include "solver/rms_prop.h"

namespace doppio {

const RegisterUpdateRule<RmsProp<OnCpu>> kRmsProp("RMSProp");

}  // namespace doppio
