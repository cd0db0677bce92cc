#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../emulator.h"
#include "../report.h"
#include "launch.h"

// Runs small texts of PTX.
namespace emulator::ptx {
using Words = std::vector<uint32_t>;

inline const std::string kHead =
    ".version 8.0\n.target sm_75\n.address_size 64\n";

// A kernel around the statements, which finds its memory at %rd1.
inline std::string KernelOf(const std::string& statements) {
  return ".visible .entry test(\n.param .u64 test_param_0\n)\n{\n"
         ".reg .pred %p<9>;\n.reg .b16 %rs<9>;\n.reg .b32 %r<20>;\n"
         ".reg .f32 %f<9>;\n.reg .b64 %rd<20>;\n.reg .f64 %fd<9>;\n"
         "ld.param.u64 %rd1, [test_param_0];\n"
         "cvta.to.global.u64 %rd1, %rd1;\n" +
         statements + "\nret;\n}\n";
}

class PtxTest : public testing::Test {
 protected:
  std::string reports_;

  void SetUp() override {
    SetListener([this](const std::string& text) { reports_ += text + "\n"; });
    cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);
  }
  void TearDown() override {
    cudaStreamDestroy(stream_);
    SetListener(nullptr);
  }

  // What a block of threads leaves of the words that it is given.
  Words Run(const std::string& ptx, Words words, unsigned threads = 1,
            size_t shared_bytes = 0) {
    reports_.clear();
    const size_t bytes = words.size() * sizeof(uint32_t);
    void* memory = nullptr;
    cudaMalloc(&memory, bytes);
    cudaMemcpyAsync(memory, words.data(), bytes, cudaMemcpyHostToDevice,
                    stream_);
    Start(ptx, memory, threads, shared_bytes);
    Recover();
    cudaMemcpyAsync(words.data(), memory, bytes, cudaMemcpyDeviceToHost,
                    stream_);
    cudaStreamSynchronize(stream_);
    cudaFree(memory);
    return words;
  }

  // What the statements leave in %r0.
  uint32_t Result(const std::string& statements) {
    const Words words =
        Run(kHead + KernelOf(statements + "\nst.global.u32 [%rd1], %r0;"), {0});
    EXPECT_EQ(reports_, "") << statements;
    return words[0];
  }

  void ExpectReport(const std::string& statements, const std::string& report,
                    unsigned threads = 1) {
    Run(kHead + KernelOf(statements), Words(4), threads);
    EXPECT_NE(reports_.find(report), std::string::npos) << reports_;
  }

 private:
  void Start(const std::string& ptx, void* memory, unsigned threads,
             size_t shared_bytes) {
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3(1);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = shared_bytes;
    config.stream = stream_;
    void* arguments[] = {&memory};
    try {
      // Kept: what ran is counted by module.
      static std::vector<std::unique_ptr<Module>> modules;
      modules.push_back(std::make_unique<Module>(ptx));
      Launch(config, *modules.back(), "test", nullptr, arguments);
    } catch (const Unreadable& error) {
      reports_ += error.what();
    }
    cudaStreamSynchronize(stream_);
  }

  cudaStream_t stream_ = nullptr;
};

}  // namespace emulator::ptx
