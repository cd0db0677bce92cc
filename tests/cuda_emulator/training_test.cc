// Training on the emulated GPU against training on the CPU.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "device/cuda_device.h"
#include "device_memory.h"
#include "doppio/net.h"
#include "emulator.h"
#include "net/memory_need.h"
#include "net/replace_data.h"
#include "settings.h"
#include "solver/optimizer.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// Within this part of the largest value.
constexpr float kTolerance = 1e-4f;

void ExpectClose(const Tensor& a, const Tensor& b, const std::string& what) {
  const std::vector<float> x = a.ToVector(), y = b.ToVector();
  ASSERT_EQ(x.size(), y.size());
  float largest = 0, farthest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, std::abs(x[i]));
    farthest = std::max(farthest, std::abs(x[i] - y[i]));
  }
  EXPECT_LE(farthest, kTolerance * largest) << what;
  EXPECT_GT(largest, 0) << what;
}

// AlexNet with images of noise.
std::unique_ptr<Net> AlexNet(const Context& context) {
  NetSource source =
      ReadNet(DOPPIO_SOURCE_DIR "/models/alexnet/train_val.prototxt");
  source.net.mutable_state()->set_phase(TRAIN);
  InputOptions inputs;
  inputs.batch = 2;
  auto net = std::make_unique<Net>(
      ReplaceDataLayers(source, inputs, context).source, context);
  Tensor& images = net->blob("data")->data;
  // Of this noise no pooling window has two largest pixels that rounding could
  // exchange, as one has of seed 1: then the gradients of a channel differ.
  const RandomStream random(2, Draw::kTest, 0);
  std::vector<float> pixels(images.count());
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = 200 * random.Uniform(i) - 100;
  }
  images.CopyFrom(pixels);
  net->blob("label")->data.CopyFrom(std::vector<float>{7, 423});
  return net;
}

TEST(TrainingTest, AlexNetMovesAsOnTheCpuInTheMemoryPredicted) {
  // Its 61 million weights have been watched in the layers' own tests.
  emulator::settings().races = false;
  const auto cpu = AlexNet(Context());
  const size_t before = emulator::live_bytes(0);
  const Context context(Device::kCuda);
  const auto cuda = AlexNet(context);
  const float loss = cpu->Forward();
  EXPECT_NEAR(cuda->Forward(), loss, 1e-4f * loss);
  SolverParameter param;
  param.set_momentum(0.9f);
  param.set_weight_decay(0.0005f);
  param.set_clip_gradients(35);
  for (Net* net : {cpu.get(), cuda.get()}) {
    net->Backward();
    Optimizer(param, *net).Apply(0.01f, 0);
  }
  const MemoryNeed need = PredictMemory(*cuda, context, 0);
  // At least conv2's columns of an image, by cuDNN; layers share them.
  EXPECT_GE(need.scratch, 2400 * 27 * 27 * sizeof(float));
  const double measured = emulator::live_bytes(0) - before;
  EXPECT_NEAR(need.total() / measured, 1, 0.001);
  ASSERT_EQ(cpu->learnables().size(), 16u);
  for (size_t i = 0; i < cpu->learnables().size(); ++i) {
    const Learnable& a = cpu->learnables()[i];
    const Learnable& b = cuda->learnables()[i];
    const std::string what = a.layer + ", parameter " + std::to_string(a.index);
    ASSERT_EQ(b.param->blob.data.device(), Device::kCuda) << what;
    ExpectClose(a.param->blob.diff, b.param->blob.diff, what + ", gradient");
    ExpectClose(a.param->blob.data, b.param->blob.data, what);
  }
  emulator::settings().races = true;
}

// More parameters than a launch takes, of which one is too large for a block
// and one does not learn.
std::string LongNet() {
  std::string net = R"(layer { name: "x" type: "DummyData" top: "fc0"
    dummy_data_param { shape { dim: 2 dim: 100 }
      data_filler { type: "gaussian" } } })";
  for (int i = 1; i <= 24; ++i) {
    const std::string n = std::to_string(i);
    net += "layer { name: 'fc" + n + "' type: 'InnerProduct' bottom: 'fc" +
           std::to_string(i - 1) + "' top: 'fc" + n +
           "' param { lr_mult: " + (i == 7 ? "0" : n) +
           " } inner_product_param { num_output: " + (i == 1 ? "100" : "3") +
           " weight_filler { type: 'xavier' }"
           " bias_filler { type: 'constant' value: 0.1 } } }";
  }
  return net +
         "layer { name: 'sum' type: 'Reduction' bottom: 'fc24' "
         "top: 'sum' loss_weight: 1 }";
}

TEST(UpdateTest, OneLaunchMovesManyParametersAsTheCpuDoes) {
  const NetSource source = ParseNet(LongNet(), "long.prototxt");
  Net cpu(source), cuda(source, Context(Device::kCuda));
  SolverParameter param;
  param.set_momentum(0.9f);
  param.set_weight_decay(0.01f);
  for (Net* net : {&cpu, &cuda}) {
    Optimizer optimizer(param, *net);
    for (int i = 0; i < 2; ++i) {
      net->Forward();
      net->Backward();
      const long before = emulator::launches();
      optimizer.Apply(0.01f, i);
      EXPECT_EQ(emulator::launches() - before, net == &cpu ? 0 : 2);
    }
  }
  ASSERT_EQ(cpu.learnables().size(), 48u);
  for (size_t i = 0; i < 48; ++i) {
    ExpectClose(cpu.learnables()[i].param->blob.data,
                cuda.learnables()[i].param->blob.data,
                "parameter " + std::to_string(i));
  }
}

TEST(UpdateTest, TheNormOfAllGradientsIsNotWaitedFor) {
  const NetSource source = ParseNet(LongNet(), "long.prototxt");
  Net net(source, Context(Device::kCuda));
  SolverParameter param;
  param.set_clip_gradients(1);
  Optimizer optimizer(param, net);
  net.Forward();
  net.Backward();
  const long before = emulator::host_waits();
  optimizer.Apply(0.01f, 0);
  EXPECT_EQ(emulator::host_waits() - before, 0);
}

using TrainingOnBothTest = SolverTest;

// From `from` to `to` after five iterations of ten.
std::vector<float> Moved(const SolverSource& source, Device from, Device to) {
  Solver first(source, Context(from));
  first.Step(5);
  Solver::Options options;
  options.snapshot = first.Snapshot();
  Solver second(source, Context(to), options);
  second.Step(5);
  return Weights(&second.net(), "fc1");
}

void ExpectNear(const std::vector<float>& a, const std::vector<float>& b,
                const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-5f + 1e-4f * std::abs(b[i])) << what;
  }
}

TEST_F(TrainingOnBothTest, SnapshotsMoveBetweenDevices) {
  const SolverSource source = Source(
      "type: 'SGD' momentum: 0.9 weight_decay: 0.001 clip_gradients: 1 "
      "base_lr: 0.01 lr_policy: 'fixed' max_iter: 10",
      kRandomNet);
  const std::vector<float> cpu = Moved(source, Device::kCpu, Device::kCpu);
  ASSERT_EQ(cpu.size(), 120u);
  ExpectNear(Moved(source, Device::kCpu, Device::kCuda), cpu, "CPU to CUDA");
  ExpectNear(Moved(source, Device::kCuda, Device::kCpu), cpu, "CUDA to CPU");
}

TEST_F(TrainingOnBothTest, EveryRuleMovesAsOnTheCpu) {
  for (const char* rule :
       {"type: 'SGD' momentum: 0.9", "type: 'Nesterov' momentum: 0.9",
        "type: 'AdaGrad' delta: 0.01",
        "type: 'RMSProp' rms_decay: 0.9 delta: 0.01",
        "type: 'AdaDelta' momentum: 0.9 delta: 0.0001",
        "type: 'Adam' momentum: 0.9 delta: 0.01",
        "type: 'AdamW' momentum: 0.9 delta: 0.01"}) {
    const SolverSource source =
        Source(std::string(rule) +
                   " weight_decay: 0.001 base_lr: 0.01 lr_policy: 'fixed' "
                   "max_iter: 10",
               kRandomNet);
    ExpectNear(Moved(source, Device::kCuda, Device::kCuda),
               Moved(source, Device::kCpu, Device::kCpu), rule);
  }
}

// The CPU's layers before a ReLU do its work.
TEST_F(TrainingOnBothTest, AResidualBlockMovesAsOnTheCpu) {
  const SolverSource source =
      Source("momentum: 0.9 base_lr: 0.01 lr_policy: 'fixed' max_iter: 10", R"(
        layer { name: "data" type: "DummyData" top: "x" top: "target"
          dummy_data_param {
            shape { dim: 4 dim: 3 dim: 5 dim: 5 } shape { dim: 4 dim: 2 }
            data_filler { type: "gaussian" } data_filler { type: "uniform" } } }
        layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
          convolution_param { num_output: 3 kernel_size: 3 pad: 1
            weight_filler { type: "xavier" } } }
        layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" }
        layer { name: "relu1" type: "ReLU" bottom: "bn" top: "bn" }
        layer { name: "sum" type: "Eltwise" bottom: "bn" bottom: "x" top: "sum" }
        layer { name: "relu2" type: "ReLU" bottom: "sum" top: "sum" }
        layer { name: "fc1" type: "InnerProduct" bottom: "sum" top: "y"
          inner_product_param { num_output: 2
            weight_filler { type: "xavier" } } }
        layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "target"
          top: "loss" })");
  ExpectNear(Moved(source, Device::kCuda, Device::kCuda),
             Moved(source, Device::kCpu, Device::kCpu), "residual block");
}

TEST_F(TrainingOnBothTest, ASecondGpuMovesAsTheFirst) {
  const SolverSource source =
      Source("momentum: 0.9 base_lr: 0.01 lr_policy: 'fixed' max_iter: 10",
             kRandomNet);
  const auto first = Moved(source, Device::kCuda, Device::kCuda);
  emulator::settings().devices = 2;
  SelectDevice("cuda:1");
  EXPECT_EQ(Moved(source, Device::kCuda, Device::kCuda), first);
  SelectDevice("cuda:0");
  emulator::settings().devices = 1;
}

}  // namespace
}  // namespace doppio
