// The library's memory and products on an emulated GPU, or several, and what
// it says where a GPU does not do its part.

#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/cuda.h"
#include "core/memory.h"
#include "device/cuda_device.h"
#include "device/cuda_math.cuh"
#include "device/update_control.h"
#include "error_of.h"
#include "settings.h"

namespace doppio {
namespace {

using Floats = std::vector<float>;

Tensor OnGpu(const Floats& values) {
  return Tensor({static_cast<int>(values.size())}, values, Device::kCuda);
}

// The scale of a gradient, others' squares adding up to `squares`.
float Clipped(const Tensor& gradient, double squares, double limit) {
  UpdateControl control;
  control.Write({{gradient.data(), gradient.count()}}, squares, 1, limit,
                nullptr);
  return control.Read().scale;
}

// Leaves one GPU that works.
class GpuTest : public testing::Test {
 protected:
  ~GpuTest() override {
    emulator::settings() = before_;
    cudaSetDevice(0);
    cudaGetLastError();
  }

 private:
  const emulator::Settings before_ = emulator::settings();
};

using NoGpuTest = GpuTest;

TEST_F(NoGpuTest, IsToldInOneSentence) {
  emulator::settings().devices = 0;
  EXPECT_EQ(SelectDevice(""), Device::kCpu);
  EXPECT_EQ(CountGpus(), 0);
  const std::string sentence =
      "this machine has no GPU that CUDA can use (CUDA driver version is "
      "insufficient for CUDA runtime version); run with --device=cpu";
  EXPECT_EQ(ErrorOf([] { SelectDevice("cuda:0"); }), sentence);
  EXPECT_EQ(ErrorOf([] { Context context(Device::kCuda); }), sentence);
}

using SomeGpusTest = GpuTest;

TEST_F(SomeGpusTest, AreCountedFromZero) {
  EXPECT_EQ(SelectDevice(""), Device::kCuda);
  EXPECT_EQ(ErrorOf([] { SelectDevice("cuda:1"); }),
            "there is no GPU 1; this machine has 1, counted from 0");
  emulator::settings().devices = 2;
  EXPECT_EQ(CountGpus(), 2);
  EXPECT_EQ(SelectDevice("cuda:1"), Device::kCuda);
  EXPECT_EQ(CurrentGpu(), 1);
  EXPECT_EQ(DescribeGpu(1).rfind("cuda:1: emulated GPU, compute capability 8.0,"
                                 " 4 multiprocessors, 16384 MiB, CUDA ",
                                 0),
            0u)
      << DescribeGpu(1);
}

TEST_F(SomeGpusTest, EachHasAStreamAndMemoryOfItsOwn) {
  emulator::settings().devices = 2;
  const cudaStream_t first = Stream();
  const Tensor x = OnGpu({3, 4});
  {
    SelectDevice("cuda:1");
    EXPECT_NE(Stream(), first);
    const Context context(Device::kCuda);
    const Tensor a = OnGpu({1, 2}), b = OnGpu({3, 4});
    Tensor c = OnGpu({0});
    CudaGemm(context, false, false, 1, 1, 2, 1, a.data(), b.data(), 0,
             c.data());
    EXPECT_EQ(c.ToVector(), Floats({11}));
    EXPECT_EQ(Clipped(a, 20, 1), 0.2f);
  }
  SelectDevice("cuda:0");
  EXPECT_EQ(Stream(), first);
  EXPECT_EQ(Clipped(x, 0, 1), 0.2f);
}

using MemoryTest = GpuTest;

TEST_F(MemoryTest, WithoutRoomSaysHowMuchWasAskedFor) {
  EXPECT_EQ(ErrorOf([] { Allocate(Device::kCuda, size_t{17} << 30); }),
            "the GPU has no room for 17408 MiB more; make the batch smaller");
}

TEST_F(MemoryTest, IsCopiedBetweenAllDevices) {
  const Device devices[] = {Device::kCpu, Device::kCuda};
  for (const Device from : devices) {
    for (const Device to : devices) {
      const Tensor x({3}, {1, 2, 3}, from);
      Tensor y({3}, to);
      EXPECT_EQ(y.ToVector(), Floats({0, 0, 0}));
      y.CopyFrom(x);
      EXPECT_EQ(y.ToVector(), Floats({1, 2, 3}));
    }
    Synchronize(from);
  }
}

TEST_F(MemoryTest, OfNoElementsIsThere) {
  const Tensor x({0, 2}, Device::kCuda);
  EXPECT_FALSE(x.empty());
  EXPECT_EQ(x.ToVector(), Floats());
  EXPECT_EQ(Clipped(x, 0, 1), 1);
}

class ProductTest : public GpuTest {
 protected:
  // Two products of 1 x 2 and 2 x 1, or as many as fit.
  void Multiply(int count, int inner, float beta) {
    CudaGemm(context_, false, false, 1, 1, inner, 1, a_.data(), b_.data(), beta,
             c_.data(), {count, 2, 2, 1});
  }

  const Context context_{Device::kCuda};
  const Tensor a_ = OnGpu({1, 2, 3, 4}), b_ = OnGpu({5, 6, 7, 8});
  Tensor c_ = OnGpu({10, 20});
};

TEST_F(ProductTest, IsOneOrABatch) {
  Multiply(1, 2, 0);
  EXPECT_EQ(c_.ToVector(), Floats({17, 20}));
  Multiply(2, 2, 1);
  EXPECT_EQ(c_.ToVector(), Floats({34, 73}));
}

TEST_F(ProductTest, OfNothingIsZero) {
  Multiply(2, 0, 2);
  EXPECT_EQ(c_.ToVector(), Floats({20, 40}));
  Multiply(2, 0, 0);
  EXPECT_EQ(c_.ToVector(), Floats({0, 0}));
  CudaGemm(context_, false, false, 0, 2, 3, 1, nullptr, nullptr, 0, nullptr);
}

TEST_F(ProductTest, SaysWhatCublasLacks) {
  const std::string no_room =
      "the GPU has no room for cuBLAS; make the batch smaller";
  const auto error = [this](cublasStatus_t answer, int count) {
    emulator::settings().cublas_answers = answer;
    return ErrorOf([&] { Multiply(count, 2, 0); });
  };
  for (const int count : {1, 2}) {
    EXPECT_EQ(error(CUBLAS_STATUS_ALLOC_FAILED, count), no_room);
    EXPECT_EQ(error(CUBLAS_STATUS_NOT_INITIALIZED, count), no_room);
    EXPECT_EQ(error(CUBLAS_STATUS_EXECUTION_FAILED, count),
              "a product by cuBLAS failed: a call failed");
  }
  EXPECT_EQ(ErrorOf([] { Context context(Device::kCuda); }),
            "cuBLAS cannot be used on this GPU");
}

}  // namespace
}  // namespace doppio
