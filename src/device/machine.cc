#include "device/machine.h"

#include <dnnl.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace doppio {
namespace {

std::string ProcessorName() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

}  // namespace

std::string DescribeMachine(const Context& context) {
  const dnnl_version_t* onednn = dnnl_version();
  std::ostringstream line;
  line << ProcessorName() << ", " << context.threads() << " threads, oneDNN "
       << onednn->major << "." << onednn->minor << "." << onednn->patch;
  for (const char* name :
       {"OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY",
        "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "DNNL_MAX_CPU_ISA",
        "ONEDNN_MAX_CPU_ISA"}) {
    if (const char* value = std::getenv(name))
      line << ", " << name << "=" << value;
  }
  return line.str();
}

}  // namespace doppio
