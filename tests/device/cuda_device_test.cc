#include "device/cuda_device.h"

#include <gtest/gtest.h>

#include "doppio/error.h"

namespace doppio {
namespace {

std::string ErrorOf(const std::string& name) {
  try {
    SelectDevice(name);
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

TEST(SelectDeviceTest, CpuIsAlwaysThere) {
  EXPECT_EQ(SelectDevice("cpu"), Device::kCpu);
}

TEST(SelectDeviceTest, NothingGivenIsWhatThereIs) {
  const bool has_gpu = WhyNoCuda().empty();
  EXPECT_EQ(SelectDevice(""), has_gpu ? Device::kCuda : Device::kCpu);
}

TEST(SelectDeviceTest, RefusesWhatIsNoDevice) {
  for (const char* name : {"tpu", "cuda:", "cuda:x", "cuda:1000", "cuda0"}) {
    EXPECT_EQ(ErrorOf(name),
              "--device=" + std::string(name) +
                  " is no device; give cpu, cuda, or cuda:N for the GPU of "
                  "number N");
  }
}

TEST(SelectDeviceTest, ABuildWithoutCudaSaysSo) {
  if (BuiltWithCuda()) GTEST_SKIP() << "this build has CUDA";
  EXPECT_EQ(ErrorOf("cuda:0"),
            "this build has no CUDA; configure it with -DDOPPIO_CUDA=ON, or "
            "run with --device=cpu");
}

}  // namespace
}  // namespace doppio
