// The emulated cuDNN: what it computes, what it refuses and what it finds.

#include <cudnn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/cuda.h"
#include "core/memory.h"
#include "doppio/tensor.h"
#include "report.h"
#include "settings.h"

namespace doppio {
namespace {

using Numbers = std::vector<float>;

Tensor Given(const Numbers& values) {
  return Tensor({static_cast<int>(values.size())}, values, Device::kCuda);
}

// A window of 2 x 2 that slides over 2 x 3 pixels.
class CudnnTest : public testing::Test {
 protected:
  CudnnTest() {
    emulator::SetListener([this](const std::string& text) { said_ = text; });
    cudnnCreate(&dnn_);
    cudnnSetStream(dnn_, Stream());
    for (cudnnTensorDescriptor_t* t : {&x_shape_, &y_shape_}) {
      cudnnCreateTensorDescriptor(t);
    }
    cudnnCreateFilterDescriptor(&w_shape_);
    cudnnCreateConvolutionDescriptor(&convolution_);
    EXPECT_EQ(Set(x_shape_, {1, 1, 2, 3}), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(Set(y_shape_, {1, 1, 1, 2}), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(SetWindow({1, 1, 2, 2}), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(SetSteps({0, 0}, {1, 1}), CUDNN_STATUS_SUCCESS);
    cudnnSetConvolutionMathType(convolution_, CUDNN_FMA_MATH);
  }
  ~CudnnTest() override {
    cudaDeviceSynchronize();
    cudnnDestroyTensorDescriptor(x_shape_);
    cudnnDestroyTensorDescriptor(y_shape_);
    cudnnDestroyFilterDescriptor(w_shape_);
    cudnnDestroyConvolutionDescriptor(convolution_);
    cudnnDestroy(dnn_);
    emulator::SetListener(nullptr);
  }

  static cudnnStatus_t Set(cudnnTensorDescriptor_t tensor,
                           const std::vector<int>& extents,
                           cudnnDataType_t type = CUDNN_DATA_FLOAT) {
    return cudnnSetTensorNdDescriptorEx(tensor, CUDNN_TENSOR_NCHW, type,
                                        static_cast<int>(extents.size()),
                                        extents.data());
  }
  cudnnStatus_t SetWindow(const std::vector<int>& extents) {
    return cudnnSetFilterNdDescriptor(
        w_shape_, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW,
        static_cast<int>(extents.size()), extents.data());
  }
  cudnnStatus_t SetSteps(const std::vector<int>& pad,
                         const std::vector<int>& stride) {
    const int ones[] = {1, 1, 1};
    return cudnnSetConvolutionNdDescriptor(
        convolution_, static_cast<int>(pad.size()), pad.data(), stride.data(),
        ones, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
  }

  // On these four pieces of memory.
  cudnnStatus_t Convolve(const float* x, const float* w, float* y,
                         void* workspace) {
    return cudnnConvolutionForward(dnn_, &alpha_, x_shape_, x, w_shape_, w,
                                   convolution_, forward_, workspace, bytes_,
                                   &beta_, y_shape_, y);
  }
  cudnnStatus_t Convolve() {
    return Convolve(x_.data(), w_.data(), y_.data(), workspace_.data());
  }
  cudnnStatus_t ConvolveBackData(cudnnConvolutionBwdDataAlgo_t algorithm) {
    return cudnnConvolutionBackwardData(
        dnn_, &alpha_, w_shape_, w_.data(), y_shape_, y_.data(), convolution_,
        algorithm, workspace_.data(), bytes_, &beta_, x_shape_, x_.data());
  }
  cudnnStatus_t ConvolveBackFilter(cudnnConvolutionBwdFilterAlgo_t algorithm) {
    return cudnnConvolutionBackwardFilter(
        dnn_, &alpha_, x_shape_, x_.data(), y_shape_, y_.data(), convolution_,
        algorithm, workspace_.data(), bytes_, &beta_, w_shape_, w_.data());
  }
  // What is said of a call that fails.
  std::string SaidOf(cudnnStatus_t status) {
    EXPECT_EQ(status, CUDNN_STATUS_EXECUTION_FAILED);
    std::string said;
    said.swap(said_);
    return said;
  }

  cudnnHandle_t dnn_ = nullptr;
  cudnnTensorDescriptor_t x_shape_ = nullptr, y_shape_ = nullptr;
  cudnnFilterDescriptor_t w_shape_ = nullptr;
  cudnnConvolutionDescriptor_t convolution_ = nullptr;
  cudnnConvolutionFwdAlgo_t forward_ =
      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  float alpha_ = 1, beta_ = 0;
  Tensor x_ = Given({1, 2, 3, 4, 5, 6}), w_ = Given({1, 10, 100, 1000}),
         y_ = Given({1, 2});
  // Columns: 4 taps of 2 positions, once, twice and three times by the pass.
  static constexpr size_t kColumns = 8 * sizeof(float);
  Tensor workspace_ = Given(Numbers(3 * 8));
  size_t bytes_ = 3 * kColumns;
  std::string said_;
};

TEST_F(CudnnTest, ConvolvesAndLeavesNaNsInTheWorkspace) {
  EXPECT_EQ(Convolve(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y_.ToVector(), Numbers({5421, 6532}));
  for (const float v : workspace_.ToVector()) EXPECT_TRUE(std::isnan(v));
  alpha_ = 2;
  beta_ = 1;
  EXPECT_EQ(Convolve(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y_.ToVector(), Numbers({3 * 5421, 3 * 6532}));
  EXPECT_EQ(said_, "");
}

TEST_F(CudnnTest, GivesBothGradients) {
  beta_ = 1;
  EXPECT_EQ(ConvolveBackFilter(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(w_.ToVector(), Numbers({1 + 5, 10 + 8, 100 + 14, 1000 + 17}));
  w_.CopyFrom(Numbers({1, 10, 100, 1000}));
  beta_ = 0;
  EXPECT_EQ(ConvolveBackData(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(x_.ToVector(), Numbers({1, 12, 20, 100, 1200, 2000}));
  beta_ = 1;
  EXPECT_EQ(ConvolveBackData(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(x_.ToVector(), Numbers({2, 24, 40, 200, 2400, 4000}));
  EXPECT_EQ(said_, "");
}

TEST_F(CudnnTest, RoundsToTf32UnlessToldNotTo) {
  const float above = 1 + 1.f / 4096;
  w_.CopyFrom(Numbers({above, 0, 0, 0}));
  EXPECT_EQ(Convolve(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y_.ToVector(), Numbers({above, 2 * above}));
  cudnnSetConvolutionMathType(convolution_, CUDNN_DEFAULT_MATH);
  EXPECT_EQ(Convolve(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(y_.ToVector(), Numbers({1, 2}));
}

TEST_F(CudnnTest, FindsHostPointersAndShortMemory) {
  Numbers host(8);
  float *x = x_.data(), *w = w_.data(), *y = y_.data();
  void* room = workspace_.data();
  const auto outside = [](const std::string& what) {
    return "cudnnConvolutionForward: " + what +
           " is not in device memory, or passes its allocation's end";
  };
  EXPECT_EQ(SaidOf(Convolve(host.data(), w, y, room)), outside("x"));
  EXPECT_EQ(SaidOf(Convolve(x, host.data(), y, room)), outside("w"));
  EXPECT_EQ(SaidOf(Convolve(x, w, host.data(), room)), outside("y"));
  EXPECT_EQ(SaidOf(Convolve(x, w, y, host.data())), outside("the workspace"));
  EXPECT_EQ(SaidOf(Convolve(x + 1, w, y, room)), outside("x"));
  EXPECT_EQ(SaidOf(Convolve(nullptr, w, y, room)), outside("x"));
  bytes_ += 4;
  EXPECT_EQ(SaidOf(Convolve(x, w, y, room)), outside("the workspace"));
}

TEST_F(CudnnTest, FindsMemoryThatOverlaps) {
  Tensor all = Given(Numbers(64));
  float* p = all.data();
  const auto said = [&](float* x, float* w, float* y, float* room) {
    return SaidOf(Convolve(x, w, y, room));
  };
  EXPECT_EQ(Convolve(p, p + 6, p + 10, p + 12), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(said(p, p + 6, p + 5, p + 12),
            "cudnnConvolutionForward: y overlaps x");
  EXPECT_EQ(said(p, p + 6, p + 9, p + 12),
            "cudnnConvolutionForward: y overlaps w");
  EXPECT_EQ(said(p, p + 6, p + 13, p + 12),
            "cudnnConvolutionForward: y overlaps the workspace");
  EXPECT_EQ(said(p, p + 6, p + 30, p + 5),
            "cudnnConvolutionForward: the workspace overlaps its input");
}

TEST_F(CudnnTest, FindsMemoryThatNobodyHasWritten) {
  const auto unset = Allocate(Device::kCuda, 6 * sizeof(float));
  EXPECT_EQ(Convolve(static_cast<float*>(unset.get()), w_.data(), y_.data(),
                     workspace_.data()),
            CUDNN_STATUS_SUCCESS);
  for (const float v : y_.ToVector()) EXPECT_TRUE(std::isnan(v));
}

TEST_F(CudnnTest, FindsMissingWaitsAndTheDefaultStream) {
  cudaStream_t other = nullptr;
  cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking);
  cudaDeviceSynchronize();
  cudaMemsetAsync(workspace_.data(), 0, bytes_, other);
  Convolve();
  cudaDeviceSynchronize();
  // The later one of them, with lazy streams.
  EXPECT_NE(said_.find(" uses memory that another stream has written and that "
                       "its own stream has not waited for"),
            std::string::npos)
      << said_;
  cudaStreamDestroy(other);
  cudnnSetStream(dnn_, nullptr);
  Convolve();
  EXPECT_NE(said_.find("default stream"), std::string::npos) << said_;
}

TEST_F(CudnnTest, FindsAlgorithmsThatDependOnChance) {
  const std::string what = ": its results depend on chance";
  EXPECT_EQ(SaidOf(ConvolveBackData(CUDNN_CONVOLUTION_BWD_DATA_ALGO_0)),
            "cudnnConvolutionBackwardData" + what);
  EXPECT_EQ(SaidOf(ConvolveBackFilter(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0)),
            "cudnnConvolutionBackwardFilter" + what);
}

TEST_F(CudnnTest, RefusesAlgorithmsAndWorkspacesThatDoNotDo) {
  forward_ = CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD;
  EXPECT_EQ(Convolve(), CUDNN_STATUS_NOT_SUPPORTED);
  forward_ = CUDNN_CONVOLUTION_FWD_ALGO_FFT;
  EXPECT_EQ(Convolve(), CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT);
  forward_ = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  const auto short_by_one = CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
  bytes_ = kColumns - 1;
  EXPECT_EQ(Convolve(), short_by_one);
  bytes_ = 2 * kColumns - 1;
  EXPECT_EQ(ConvolveBackFilter(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1),
            short_by_one);
  bytes_ = 3 * kColumns - 1;
  EXPECT_EQ(ConvolveBackData(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1), short_by_one);
}

TEST_F(CudnnTest, RefusesShapesThatDoNotFit) {
  const auto mismatch = CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
  Set(y_shape_, {1, 1, 2, 2});
  EXPECT_EQ(Convolve(), mismatch);
  Set(y_shape_, {2, 1, 1, 2});
  EXPECT_EQ(Convolve(), mismatch);
  Set(y_shape_, {1, 2, 1, 2});
  EXPECT_EQ(Convolve(), mismatch);
  Set(y_shape_, {1, 1, 1, 1, 2});
  EXPECT_EQ(Convolve(), mismatch);
  Set(y_shape_, {1, 1, 1, 2});
  EXPECT_EQ(cudnnSetConvolutionGroupCount(convolution_, 2),
            CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(Convolve(), mismatch);
  cudnnSetConvolutionGroupCount(convolution_, 1);
  // A window that hangs over has no place.
  Set(y_shape_, {1, 1, 1, 1});
  SetWindow({1, 1, 2, 4});
  SetSteps({0, 0}, {1, 2});
  EXPECT_EQ(Convolve(), mismatch);
}

TEST_F(CudnnTest, RefusesDescriptorsThatSayNothing) {
  const auto bad = CUDNN_STATUS_BAD_PARAM;
  EXPECT_EQ(Set(x_shape_, {1, 0, 2, 3}), bad);
  EXPECT_EQ(Set(x_shape_, {2, 3}), bad);
  EXPECT_EQ(Set(x_shape_, {1, 1, 2, 3}, CUDNN_DATA_DOUBLE),
            CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(Set(x_shape_, {2, 1 << 10, 1 << 10, 1 << 10}),
            CUDNN_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(Set(nullptr, {1, 1, 2, 3}), bad);
  EXPECT_EQ(SetSteps({-1, 0}, {1, 1}), bad);
  EXPECT_EQ(SetSteps({0, 0}, {0, 1}), bad);
  EXPECT_EQ(SetSteps({0}, {1}), bad);
  EXPECT_EQ(cudnnSetConvolutionGroupCount(convolution_, 0), bad);
  SetSteps({0, 0}, {1, 1});
  cudnnDestroyTensorDescriptor(x_shape_);
  EXPECT_EQ(Convolve(), bad);
  EXPECT_EQ(cudnnDestroyTensorDescriptor(x_shape_), bad);
  cudnnCreateTensorDescriptor(&x_shape_);
  EXPECT_EQ(Convolve(), CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH);
}

}  // namespace
}  // namespace doppio
