// Says what this build can compute on.

#include <iostream>

#include "device/machine.h"
#include "doppio/context.h"
#include "tool.h"

DEFINE_string(device, "cpu",
              "DEVICE: which to tell of; this build has the cpu");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Says what this machine and this build can compute on.\n\n"
    "  device_query";

void Main() {
  Require(FLAGS_device == "cpu", "--device=", FLAGS_device,
          " is not in this build, which computes on the cpu");
  std::cout << DescribeMachine(Context()) << "\n";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
