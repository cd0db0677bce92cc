// Says what this build can compute on.

#include <iostream>

#include "device/cuda_device.h"
#include "device/machine.h"
#include "doppio/context.h"
#include "tool.h"

DEFINE_string(device, "", "cpu|cuda|cuda:N: which to tell of; all if left out");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Says what this machine and this build can compute on.\n\n"
    "  device_query";

void Main() {
  const bool all = FLAGS_device.empty();
  const Device device = all ? Device::kCpu : SelectDevice(FLAGS_device);
  if (device == Device::kCpu) {
    std::cout << "cpu: " << DescribeMachine(Context()) << "\n";
  }
  if (device == Device::kCuda) std::cout << DescribeGpu(CurrentGpu()) << "\n";
  if (!all) return;
  const std::string why = WhyNoCuda();
  if (!why.empty()) std::cout << "no GPU: " << why << "\n";
  for (int i = 0; i < CountGpus(); ++i) std::cout << DescribeGpu(i) << "\n";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
