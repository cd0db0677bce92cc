#include "device/cuda_device.h"

#include <glog/logging.h>

#include <cctype>

#include "doppio/error.h"

namespace doppio {

Device SelectDevice(const std::string& name) {
  if (name == "cpu") return Device::kCpu;
  if (name.empty()) {
    const std::string why = WhyNoCuda();
    if (why.empty()) return SelectDevice("cuda:0");
    if (BuiltWithCuda()) LOG(INFO) << why << "; computing on the CPU";
    return Device::kCpu;
  }
  const std::string prefix = "cuda:";
  const std::string number = name == "cuda" ? "0"
                             : name.rfind(prefix, 0) == 0
                                 ? name.substr(prefix.size())
                                 : "";
  bool is_number = !number.empty() && number.size() < 4;
  for (const char c : number) is_number &= std::isdigit(c) != 0;
  Require(is_number, "--device=", name,
          " is no device; give cpu, cuda, or cuda:N for the GPU of number N");
  UseCudaDevice(std::stoi(number));
  return Device::kCuda;
}

}  // namespace doppio
