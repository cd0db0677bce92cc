#include "emulator.h"

#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "broken.h"
#include "core/cuda.h"
#include "doppio/error.h"
#include "report.h"
#include "settings.h"

namespace doppio {
namespace {

using testing::ExitedWithCode;

// Device memory of floats.
class Floats {
 public:
  explicit Floats(size_t count) : count_(count) {
    CheckCuda(cudaMalloc(reinterpret_cast<void**>(&data_), bytes()), "malloc");
  }
  explicit Floats(const std::vector<float>& values) : Floats(values.size()) {
    cudaMemcpyAsync(data_, values.data(), bytes(), cudaMemcpyHostToDevice,
                    Stream());
  }
  ~Floats() { cudaFree(data_); }
  Floats(const Floats&) = delete;
  Floats& operator=(const Floats&) = delete;

  float* data() { return data_; }
  size_t bytes() const { return count_ * sizeof(float); }
  std::vector<float> values() const {
    std::vector<float> values(count_);
    cudaMemcpyAsync(values.data(), data_, bytes(), cudaMemcpyDeviceToHost,
                    Stream());
    cudaStreamSynchronize(Stream());
    return values;
  }

 private:
  float* data_ = nullptr;
  size_t count_;
};

std::vector<float> Counting(int count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.f);
  return values;
}

// Collects reports.
class EmulatorTest : public testing::Test {
 protected:
  EmulatorTest() {
    emulator::SetListener([this](const std::string& text) { said_ = text; });
  }
  ~EmulatorTest() override {
    cudaDeviceSynchronize();
    emulator::Recover();
    emulator::SetListener(nullptr);
  }

  // What a kernel that `run` launches was caught at.
  template <typename Run>
  std::string Caught(Run run) {
    said_.clear();
    try {
      run();
      cudaDeviceSynchronize();
    } catch (const Error&) {
    }
    failed_ = cudaGetLastError() != cudaSuccess;
    emulator::Recover();
    return said_;
  }

  void ExpectCaught(const std::string& report, const std::string& what) {
    EXPECT_NE(report.find(what), std::string::npos) << report;
    EXPECT_TRUE(failed_);
  }

  Floats x_{Counting(64)};
  Floats y_{64};
  std::string said_;
  bool failed_ = false;
};

TEST_F(EmulatorTest, MemoryStartsAsNotANumber) {
  for (const float value : y_.values()) EXPECT_TRUE(std::isnan(value));
}

TEST_F(EmulatorTest, RightKernelsRun) {
  RunRotate(Stream(), true, x_.data(), y_.data());
  EXPECT_EQ(y_.values()[5], 6);
  EXPECT_EQ(y_.values()[63], 0);
  RunReverseTwice(Stream(), true, x_.data(), y_.data());
  EXPECT_EQ(y_.values(), Counting(64));
  RunClosure(Stream(), x_.data(), y_.data());
  EXPECT_EQ(y_.values()[21], 42);
  RunSumOfWarp(Stream(), 32, y_.data());
  EXPECT_EQ(y_.values()[0], 32);
  EXPECT_EQ(said_, "");
}

TEST_F(EmulatorTest, ReductionsOfBlocksAddEverything) {
  Floats matrix(Counting(3 * 1000)), sums(3);
  RunSumRows(Stream(), 3, 1000, matrix.data(), sums.data());
  EXPECT_EQ(sums.values(),
            std::vector<float>({499500.f, 1499500.f, 2499500.f}));
  EXPECT_EQ(said_, "");
}

TEST_F(EmulatorTest, FindsAMissingBarrier) {
  ExpectCaught(
      Caught([&] { RunRotate(Stream(), false, x_.data(), y_.data()); }),
      "race: ");
  EXPECT_NE(said_.find("Rotate, thread ("), std::string::npos) << said_;
  EXPECT_NE(said_.find("broken.cu:"), std::string::npos) << said_;
  EXPECT_NE(said_.find("with no barrier in between"), std::string::npos);
}

TEST_F(EmulatorTest, FindsAMissingBarrierBeforeOverwriting) {
  ExpectCaught(
      Caught([&] { RunReverseTwice(Stream(), false, x_.data(), y_.data()); }),
      "race: ");
}

TEST_F(EmulatorTest, FindsBlocksThatWriteTheSameElement) {
  ExpectCaught(Caught([&] { RunShiftBlocks(Stream(), x_.data(), y_.data()); }),
               "of another block has written in this kernel");
}

TEST_F(EmulatorTest, FindsAnUpdateThatIsNotAtomic) {
  Floats sum(std::vector<float>{0});
  ExpectCaught(Caught([&] { RunCount(Stream(), false, sum.data()); }),
               "race: ");
  Floats again(std::vector<float>{0});
  RunCount(Stream(), true, again.data());
  EXPECT_EQ(again.values()[0], 64);
}

TEST_F(EmulatorTest, FindsThreadsAtDifferentBarriers) {
  ExpectCaught(Caught([&] { RunTwoBarriers(Stream(), y_.data()); }),
               "threads of a block wait at different barriers: broken.cu:");
}

TEST_F(EmulatorTest, FindsWarpOperationsOfLanesThatAreGone) {
  ExpectCaught(Caught([&] { RunSumOfWarp(Stream(), 20, y_.data()); }), "mask");
}

TEST_F(EmulatorTest, FindsThreadsThatWaitForEver) {
  ExpectCaught(Caught([&] { RunWarpAgainstBarrier(Stream(), y_.data()); }),
               "its threads wait for ever: 63 at the barrier broken.cu:");
}

TEST_F(EmulatorTest, FindsAReadOneElementPastTheEnd) {
  ExpectCaught(Caught([&] { RunShift(Stream(), 1, x_.data(), y_.data()); }),
               "reads 4 bytes outside any allocation, 0 bytes past the end of "
               "one of 256 bytes");
  EXPECT_NE(said_.find("thread (63,0,0) of block (0,0,0)"), std::string::npos)
      << said_;
}

TEST_F(EmulatorTest, FindsAWritePastAnEndThatIsNotAligned) {
  Floats small(63);
  ExpectCaught(Caught([&] { RunShift(Stream(), 0, x_.data(), small.data()); }),
               "writes 4 bytes outside any allocation");
}

TEST_F(EmulatorTest, FindsAccessPastSharedMemory) {
  ExpectCaught(Caught([&] { RunPastShared(Stream(), y_.data()); }),
               "uses byte 252 of 252 bytes of shared memory");
}

TEST_F(EmulatorTest, FindsMemoryThatIsFreed) {
  float* stale = nullptr;
  {
    Floats gone(64);
    stale = gone.data();
  }
  ExpectCaught(Caught([&] { RunShift(Stream(), 0, x_.data(), stale); }),
               "outside any allocation");
}

TEST_F(EmulatorTest, RefusesHostPointers) {
  std::vector<float> host(64);
  const std::string what = " is given a host pointer";
  ExpectCaught(Caught([&] { RunShift(Stream(), 0, host.data(), y_.data()); }),
               what);
  ExpectCaught(Caught([&] { RunCopyPair(Stream(), host.data(), y_.data()); }),
               what);
  ExpectCaught(Caught([&] { RunPadded(Stream(), 0, host.data(), y_.data()); }),
               what);
  ExpectCaught(Caught([&] { RunClosure(Stream(), host.data(), y_.data()); }),
               what);
}

TEST_F(EmulatorTest, TakesNoPaddingForAPointer) {
  std::vector<float> host(2048);
  RunPadded(Stream(), host.data() + 1024, x_.data(), y_.data());
  EXPECT_EQ(y_.values(), x_.values());
  EXPECT_EQ(said_, "");
}

TEST_F(EmulatorTest, FindsHostPointersInDeviceMemory) {
  std::vector<float> host(64);
  float* pointer = host.data();
  Floats pointers(2);
  cudaMemcpyAsync(pointers.data(), &pointer, sizeof pointer,
                  cudaMemcpyHostToDevice, Stream());
  ExpectCaught(Caught([&] {
                 RunFollow(Stream(),
                           reinterpret_cast<float* const*>(pointers.data()));
               }),
               "writes host memory");
}

TEST_F(EmulatorTest, FindsCopiesInTheWrongDirectionOrTooLong) {
  std::vector<float> host(65);
  EXPECT_EQ(cudaMemcpyAsync(x_.data(), host.data(), 256, cudaMemcpyDeviceToHost,
                            Stream()),
            cudaErrorInvalidValue);
  EXPECT_EQ(said_, "a copy to the host has a device pointer");
  EXPECT_EQ(cudaMemcpyAsync(x_.data(), host.data(), 260, cudaMemcpyHostToDevice,
                            Stream()),
            cudaErrorInvalidValue);
  EXPECT_EQ(said_, "a copy to the device passes the end of the allocation");
}

TEST_F(EmulatorTest, FindsWorkOnTheDefaultStream) {
  EXPECT_NE(cudaMemsetAsync(y_.data(), 0, 256, nullptr), cudaSuccess);
  EXPECT_NE(said_.find("default stream"), std::string::npos);
}

TEST_F(EmulatorTest, FindsWhatDoesNotFitADevice) {
  EXPECT_THROW(RunSumRows(Stream(), 0, 1, x_.data(), y_.data()), Error);
  EXPECT_NE(said_.find("a grid of 0 x 1 x 1 blocks"), std::string::npos);
}

class StreamTest : public EmulatorTest {
 protected:
  StreamTest() {
    cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&event_, cudaEventDisableTiming);
    cudaDeviceSynchronize();
  }
  ~StreamTest() override {
    cudaEventDestroy(event_);
    cudaStreamDestroy(other_);
  }
  cudaStream_t other_ = nullptr;
  cudaEvent_t event_ = nullptr;
};

TEST_F(StreamTest, FindsAMissingWaitForAnotherStream) {
  RunClosure(Stream(), x_.data(), y_.data());
  RunShift(other_, 0, y_.data(), x_.data());
  cudaDeviceSynchronize();
  EXPECT_NE(said_.find("that another stream has "), std::string::npos) << said_;
}

TEST_F(StreamTest, AnEventIsEnough) {
  RunClosure(Stream(), x_.data(), y_.data());
  cudaEventRecord(event_, Stream());
  cudaStreamWaitEvent(other_, event_, 0);
  RunShift(other_, 0, y_.data(), x_.data());
  cudaStreamSynchronize(other_);
  EXPECT_EQ(said_, "");
  EXPECT_EQ(x_.values()[21], 42);
}

TEST_F(StreamTest, LazyStreamsKeepTheHostWaiting) {
  const bool before = emulator::settings().lazy_streams;
  emulator::settings().lazy_streams = true;
  void* pinned = nullptr;
  cudaMallocHost(&pinned, 256);
  std::memset(pinned, 0, 256);
  cudaMemcpyAsync(pinned, x_.data(), 256, cudaMemcpyDeviceToHost, Stream());
  EXPECT_EQ(static_cast<float*>(pinned)[9], 0);
  cudaStreamSynchronize(Stream());
  EXPECT_EQ(static_cast<float*>(pinned)[9], 9);
  cudaFreeHost(pinned);
  emulator::settings().lazy_streams = before;
}

TEST_F(EmulatorTest, MultipliesMatricesAsCublasDoes) {
  // Column by column: 2 x 3 times 3 x 2.
  Floats a({1, 4, 2, 5, 3, 6}), b({7, 9, 11, 8, 10, 12}), c(4);
  cublasHandle_t blas = nullptr;
  cublasCreate(&blas);
  cublasSetStream(blas, Stream());
  const float one = 1, zero = 0;
  const auto multiply = [&](int rows) {
    return cublasGemmEx(blas, CUBLAS_OP_N, CUBLAS_OP_N, rows, 2, 3, &one,
                        a.data(), CUDA_R_32F, rows, b.data(), CUDA_R_32F, 3,
                        &zero, c.data(), CUDA_R_32F, rows, CUBLAS_COMPUTE_32F,
                        CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(multiply(2), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(c.values(), std::vector<float>({58, 139, 64, 154}));
  EXPECT_EQ(multiply(3), CUBLAS_STATUS_EXECUTION_FAILED);
  EXPECT_NE(said_.find("cuBLAS: A "), std::string::npos) << said_;
  cublasDestroy(blas);
}

TEST_F(EmulatorTest, DevicesHaveTheirOwnMemory) {
  emulator::settings().devices = 2;
  cudaSetDevice(1);
  ExpectCaught(Caught([&] { RunShift(Stream(), 0, x_.data(), y_.data()); }),
               "memory of device 0 on device 1");
  cudaSetDevice(0);
  emulator::settings().devices = 1;
  EXPECT_EQ(cudaSetDevice(1), cudaErrorInvalidDevice);
}

TEST(EmulatorDeathTest, HostCodeCannotTouchDeviceMemory) {
  Floats x(Counting(64));
  EXPECT_EXIT(x.data()[3] = 1, ExitedWithCode(1),
              "host code touches device memory");
}

TEST(EmulatorDeathTest, LeaksAreReportedAtTheEnd) {
  EXPECT_EXIT(
      {
        new Floats(64);
        std::exit(0);
      },
      ExitedWithCode(1), "1 allocations on devices and 0 of pinned memory");
}

}  // namespace
}  // namespace doppio
