// Averages over emulated GPUs of two processes, and what is wrong about them.

#include "device/nccl.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "core/memory.h"
#include "device/cuda_device.h"
#include "error_of.h"
#include "report.h"
#include "settings.h"
#include "solver/gradient_average.h"

namespace doppio {
namespace {

// All that the emulator has reported in this process.
std::string said;

void RunAs(int rank, int link, const std::function<void(Ranks*)>& body) {
  emulator::settings().devices = 2;
  emulator::settings().patience = 20;
  UseCudaDevice(rank);
  said.clear();
  emulator::SetListener([](const std::string& text) { said += text + "\n"; });
  {
    Ranks ranks(rank, 2, {link});
    body(&ranks);
  }
  emulator::SetListener(nullptr);
  UseCudaDevice(0);
  emulator::settings().devices = 1;
}

// In this process as rank 0, and in another.
void AsTwo(const std::function<void(Ranks*)>& body) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    RunAs(1, ends[1], body);
    _exit(testing::Test::HasFailure());
  }
  close(ends[1]);
  RunAs(0, ends[0], body);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "on rank 1";
}

Tensor Filled(int count, float value) {
  Tensor tensor(Shape{count}, Device::kCuda);
  tensor.CopyFrom(std::vector<float>(count, value));
  return tensor;
}

TEST(NcclTest, MeansOfAllRanksReplaceTensors) {
  AsTwo([](Ranks* ranks) {
    const auto average = OpenNccl(ranks);
    const float own = ranks->rank() == 0 ? 1.f : 4.f;
    const Tensor small = Filled(3, own), large = Filled(70000, 2 * own);
    const Tensor later = Filled(5, -own);
    average->Begin({small, large});
    average->Begin({later});
    average->End();
    EXPECT_EQ(small.ToVector(), std::vector<float>(3, 2.5f));
    EXPECT_EQ(large.ToVector(), std::vector<float>(70000, 5.f));
    EXPECT_EQ(later.ToVector(), std::vector<float>(5, -2.5f));
    EXPECT_EQ(said, "");
  });
}

TEST(NcclTest, WhoDoesNotWaitForTheMeansIsReported) {
  AsTwo([](Ranks* ranks) {
    const auto average = OpenNccl(ranks);
    Tensor tensor = Filled(3, 1);
    average->Begin({tensor});
    FillZero(Device::kCuda, tensor.storage(), tensor.bytes());
    average->End();
    Synchronize(Device::kCuda);
    EXPECT_NE(said.find("that another stream has written"), std::string::npos)
        << said;
  });
}

TEST(NcclTest, OtherTensorsOnAnotherRankAreReported) {
  AsTwo([](Ranks* ranks) {
    const auto average = OpenNccl(ranks);
    average->Begin({Filled(3 + ranks->rank(), 1)});
    average->End();
    Synchronize(Device::kCuda);
    EXPECT_EQ(said, ranks->rank() == 0
                        ? "ncclAllReduce 1 has 3 elements on rank 0, but 4 on "
                          "rank 1\n"
                        : "ncclAllReduce 1 has 4 elements on rank 1, but 3 on "
                          "rank 0\n");
  });
}

TEST(NcclTest, ARankThatDoesNotComeIsNamed) {
  AsTwo([](Ranks* ranks) {
    const auto average = OpenNccl(ranks);
    if (ranks->rank() == 1) return;
    emulator::settings().patience = 1;
    average->Begin({Filled(3, 1)});
    average->End();
    Synchronize(Device::kCuda);
    EXPECT_EQ(
        said,
        "rank 0 waits in ncclAllReduce 1, to which rank 1 has not come\n");
  });
}

TEST(NcclTest, TwoRanksCannotShareAGpu) {
  AsTwo([](Ranks* ranks) {
    UseCudaDevice(0);
    EXPECT_EQ(
        ErrorOf([&] { OpenNccl(ranks); }),
        "connecting by NCCL failed: invalid usage; NCCL_DEBUG=INFO in the "
        "environment tells more");
  });
}

// A product of 1100 with 1100, which fills a bucket of its own.
std::string Product(const std::string& name, const std::string& bottom,
                    const std::string& param) {
  return "layer { name: '" + name + "' type: 'InnerProduct' bottom: '" +
         bottom + "' top: '" + name + "' param { " + param +
         " } inner_product_param { num_output: 1100 "
         "weight_filler { type: 'xavier' } } }";
}

std::vector<float> GradientOf(const Learnable& learnable) {
  return learnable.param->blob.diff.ToVector();
}

TEST(GradientAverageTest, GradientsBecomeTheMeansOfTheirFinalValues) {
  emulator::settings().races = false;
  const NetSource source = ParseNet(
      "layer { name: 'x' type: 'DummyData' top: 'x' dummy_data_param { "
      "shape { dim: 4 dim: 1100 } data_filler { type: 'gaussian' } } }" +
          Product("first", "x", "name: 'shared'") +
          Product("second", "first", "name: 'shared'") +
          Product("frozen", "second", "lr_mult: 0") +
          Product("last", "frozen", "") +
          "layer { name: 'sum' type: 'Reduction' bottom: 'last' top: 'sum' "
          "reduction_param { operation: SUMSQ } loss_weight: 1 }",
      "net.prototxt");
  AsTwo([&](Ranks* ranks) {
    const Context alone(Device::kCuda);
    Net net(source, alone.OfRank(ranks->rank(), 2));
    ASSERT_EQ(net.learnables().size(), 7u);
    GradientAverage average(ranks, net);
    net.Forward();
    net.Backward();
    std::map<const Learnable*, std::vector<float>> means;
    for (const Learnable& learnable : net.learnables()) {
      if (learnable.lr_mult == 0) continue;  // has no gradient
      const std::vector<float> own = GradientOf(learnable);
      means[&learnable] = own;
      ranks->Average(&means[&learnable]);
      EXPECT_NE(means[&learnable], own) << learnable.layer;
    }
    EXPECT_EQ(means.size(), 6u);
    average.Backward(&net, false);
    for (const auto& [learnable, mean] : means) {
      EXPECT_EQ(GradientOf(*learnable), mean)
          << learnable->layer << ", parameter " << learnable->index;
    }
    EXPECT_EQ(said, "");
  });
  emulator::settings().races = true;
}

}  // namespace
}  // namespace doppio
