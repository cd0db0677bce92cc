// Streams that are captured on the emulated GPU.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "broken.h"
#include "core/cuda.h"
#include "doppio/tensor.h"
#include "emulator.h"
#include "report.h"

namespace doppio {
namespace {

// Collects reports.
class GraphTest : public testing::Test {
 protected:
  GraphTest() {
    emulator::SetListener([this](const std::string& text) { said_ = text; });
  }
  ~GraphTest() override {
    cudaDeviceSynchronize();
    cudaGetLastError();
    emulator::SetListener(nullptr);
  }

  // The graph of what `work` puts on the stream; null where it fails.
  cudaGraph_t Capture(const std::function<void()>& work) {
    EXPECT_EQ(
        cudaStreamBeginCapture(Stream(), cudaStreamCaptureModeThreadLocal),
        cudaSuccess);
    work();
    cudaGraph_t graph = nullptr;
    ended_ = cudaStreamEndCapture(Stream(), &graph);
    EXPECT_EQ(graph != nullptr, ended_ == cudaSuccess);
    return graph;
  }

  cudaError_t Clear() {
    return cudaMemsetAsync(y_.data(), 0, y_.bytes(), Stream());
  }

  Tensor x_{{64}, std::vector<float>(64, 3), Device::kCuda};
  Tensor y_{{64}, std::vector<float>(64, 1), Device::kCuda};
  cudaError_t ended_ = cudaSuccess;
  std::string said_;
};

TEST_F(GraphTest, RunsWhenItIsLaunchedAndWithWhatItWasUpdatedTo) {
  Tensor tens({64}, std::vector<float>(64, 10), Device::kCuda);
  const auto rotate = [this](Tensor* from) {
    return Capture([&] { RunRotate(Stream(), true, from->data(), y_.data()); });
  };
  const cudaGraph_t first = rotate(&x_), second = rotate(&tens);
  const cudaGraph_t other = Capture([&] { Clear(); });
  cudaGraphExec_t exec = nullptr;
  cudaGraphInstantiateWithFlags(&exec, first, 0);
  EXPECT_EQ(y_.ToVector()[5], 1);
  const long before = emulator::graph_launches();
  for (int i = 0; i < 2; ++i) cudaGraphLaunch(exec, Stream());
  EXPECT_EQ(y_.ToVector()[5], 3);
  EXPECT_EQ(emulator::graph_launches() - before, 2);
  cudaGraphExecUpdateResultInfo info = {};
  EXPECT_EQ(cudaGraphExecUpdate(exec, second, &info), cudaSuccess);
  EXPECT_EQ(y_.ToVector()[5], 3);
  EXPECT_EQ(cudaGraphExecUpdate(exec, other, &info),
            cudaErrorGraphExecUpdateFailure);
  EXPECT_EQ(info.result, cudaGraphExecUpdateErrorTopologyChanged);
  cudaGraphLaunch(exec, Stream());
  EXPECT_EQ(y_.ToVector()[5], 10);
  cudaGraphExecDestroy(exec);
  for (const cudaGraph_t graph : {first, second, other}) {
    cudaGraphDestroy(graph);
  }
  EXPECT_EQ(said_, "");
}

TEST_F(GraphTest, WhatACaptureForbidsEndsIt) {
  void* memory = nullptr;
  cudaEvent_t event = nullptr;
  cudaEventCreate(&event);
  const auto forbidden = [this](const std::string& name, auto call) {
    Capture([&] {
      EXPECT_EQ(call(), cudaErrorStreamCaptureUnsupported) << name;
      EXPECT_EQ(Clear(), cudaErrorStreamCaptureInvalidated) << name;
    });
    EXPECT_EQ(ended_, cudaErrorStreamCaptureInvalidated) << name;
    EXPECT_EQ(said_, name + " while a stream is captured");
  };
  forbidden("cudaMalloc", [&] { return cudaMalloc(&memory, 4); });
  forbidden("cudaFree", [&] { return cudaFree(x_.data()); });
  forbidden("cudaMallocHost", [&] { return cudaMallocHost(&memory, 4); });
  forbidden("cudaFreeHost", [&] { return cudaFreeHost(&memory); });
  forbidden("cudaStreamSynchronize",
            [] { return cudaStreamSynchronize(Stream()); });
  forbidden("cudaDeviceSynchronize", [] { return cudaDeviceSynchronize(); });
  forbidden("cudaEventSynchronize",
            [&] { return cudaEventSynchronize(event); });
  float pageable = 0;
  forbidden("a copy of pageable memory", [&] {
    return cudaMemcpyAsync(&pageable, x_.data(), 4, cudaMemcpyDeviceToHost,
                           Stream());
  });
  cudaEventDestroy(event);
  EXPECT_EQ(y_.ToVector()[0], 1);
}

TEST_F(GraphTest, EventsDoNotCrossTheEdgeOfACapture) {
  cudaEvent_t before = nullptr, within = nullptr;
  cudaEventCreate(&before);
  cudaEventCreate(&within);
  cudaEventRecord(before, Stream());
  Capture([&] {
    EXPECT_EQ(cudaStreamWaitEvent(Stream(), before, 0),
              cudaErrorStreamCaptureIsolation);
  });
  EXPECT_EQ(ended_, cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(said_, "a captured stream waits for what is not captured");
  cudaGraphDestroy(Capture([&] { cudaEventRecord(within, Stream()); }));
  EXPECT_EQ(cudaEventSynchronize(within), cudaErrorCapturedEvent);
  EXPECT_EQ(said_,
            "the host waits for an event that was recorded in a capture");
  cudaEventDestroy(before);
  cudaEventDestroy(within);
}

TEST_F(GraphTest, ACaptureBeginsAndEndsOnce) {
  cudaGraph_t none = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(Stream(), &none), cudaErrorIllegalState);
  EXPECT_EQ(said_, "a capture ends that never began");
  cudaGraphDestroy(Capture([this] {
    EXPECT_EQ(
        cudaStreamBeginCapture(Stream(), cudaStreamCaptureModeThreadLocal),
        cudaErrorIllegalState);
    EXPECT_EQ(said_, "a capture begins within another");
  }));
}

}  // namespace
}  // namespace doppio
