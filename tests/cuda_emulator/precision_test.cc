// Products of rounded operands on the emulated GPU, against the CPU's of floats
// that were rounded before.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "device/cuda_device.h"
#include "device_memory.h"
#include "doppio/net.h"
#include "layers/layer_test.h"
#include "net/memory_need.h"
#include "settings.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// A floating-point format, told by its numbers alone.
struct Format {
  const char* name;
  const char* text;  // of a layer
  bool tf32;
  int bits;            // significant ones
  int least_exponent;  // of what has all of them
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

const Format kFormats[] = {{"Bf16", " precision: BF16", false, 8, -126},
                           {"Fp16", " precision: FP16", false, 11, -14},
                           {"Tf32", "", true, 11, -126}};

float Nearest(const Format& format, float value) {
  if (value == 0) return value;
  const int exponent = std::max(std::ilogb(value), format.least_exponent);
  const float unit = std::ldexp(1.f, exponent - format.bits + 1);
  return std::nearbyint(value / unit) * unit;
}

std::vector<float> Nearest(const Format& format, std::vector<float> values) {
  for (float& value : values) value = Nearest(format, value);
  return values;
}

float Largest(const std::vector<float>& values) {
  float largest = 0;
  for (const float v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

float Farthest(const std::vector<float>& a, const std::vector<float>& b) {
  float farthest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    farthest = std::max(farthest, std::abs(a[i] - b[i]));
  }
  return farthest;
}

struct Results {
  std::vector<float> y, dx, dw, db;
};

// Of values that have to be rounded, with gradients that are added twice.
class PrecisionTest : public testing::TestWithParam<Format> {
 protected:
  Results Run(const std::string& text, const Shape& shape, Device device,
              bool rounded) const {
    const auto given = [&](const std::vector<float>& values) {
      return rounded ? Nearest(GetParam(), values) : values;
    };
    const Context context(device);
    if (device == Device::kCuda && GetParam().tf32) AllowTf32(context);
    LayerRun run(text, {{shape, given(Distinct(shape).values)}}, context);
    run.SetParam(0, given(run.Param(0)));
    run.Forward();
    run.tops[0].diff.CopyFrom(given(Distinct(run.tops[0].shape(), 7).values));
    run.Backward();
    run.layer->params()[0].accumulate = true;
    run.Backward();
    return {run.Top(), run.BottomDiff(), run.ParamDiff(0), run.ParamDiff(1)};
  }

  static void ExpectNear(const std::vector<float>& cuda,
                         const std::vector<float>& rounded,
                         const std::vector<float>& exact, const char* what) {
    ASSERT_EQ(cuda.size(), rounded.size());
    EXPECT_LT(Farthest(cuda, rounded), 1e-5f * Largest(rounded)) << what;
    // That it was rounded shows.
    EXPECT_GT(Farthest(cuda, exact), 3e-5f * Largest(exact)) << what;
  }

  void ExpectRounded(const std::string& text, const Shape& shape) const {
    const Results cuda =
        Run(text + GetParam().text, shape, Device::kCuda, false);
    const Results rounded = Run(text, shape, Device::kCpu, true);
    const Results exact = Run(text, shape, Device::kCpu, false);
    ExpectNear(cuda.y, rounded.y, exact.y, "y");
    ExpectNear(cuda.dx, rounded.dx, exact.dx, "dx");
    ExpectNear(cuda.dw, rounded.dw, exact.dw, "dw");
    // Of the gradient as it comes.
    EXPECT_LT(Farthest(cuda.db, exact.db), 1e-5f * Largest(exact.db));
  }
};

TEST_P(PrecisionTest, Convolution) {
  const std::string text =
      "type: 'Convolution' convolution_param { "
      "weight_filler { type: 'gaussian' } bias_filler { value: 0.1 } ";
  ExpectRounded(text + "num_output: 6 kernel_size: 3 pad: 1 }", {2, 3, 6, 5});
  ExpectRounded(text + "num_output: 6 kernel_size: 3 stride: 2 group: 3 }",
                {3, 6, 7, 7});
}

TEST_P(PrecisionTest, Deconvolution) {
  const std::string text =
      "type: 'Deconvolution' convolution_param { "
      "weight_filler { type: 'gaussian' } bias_filler { value: 0.1 } ";
  ExpectRounded(text + "num_output: 5 kernel_size: 3 stride: 2 }",
                {2, 3, 4, 5});
  ExpectRounded(text + "num_output: 4 kernel_size: 2 group: 2 }", {2, 4, 4, 3});
}

TEST_P(PrecisionTest, InnerProduct) {
  const std::string text =
      "type: 'InnerProduct' inner_product_param { "
      "weight_filler { type: 'gaussian' } bias_filler { value: 0.1 } ";
  ExpectRounded(text + "num_output: 10 }", {3, 2, 3, 3});
  ExpectRounded(text + "num_output: 33 transpose: true }", {5, 7});
}

INSTANTIATE_TEST_SUITE_P(Formats, PrecisionTest, testing::ValuesIn(kFormats),
                         [](const auto& info) { return info.param.name; });

TEST(PrecisionMemoryTest, RoomForWhatIsRoundedIsPredicted) {
  const size_t before = emulator::live_bytes(0);
  const Context context(Device::kCuda);
  Net net(ParseNet(R"(precision: BF16
                     layer { name: "x" type: "DummyData" top: "x"
                       dummy_data_param { shape { dim: 3 dim: 500 } } }
                     layer { name: "fc" type: "InnerProduct" bottom: "x"
                       top: "y" loss_weight: 1
                       inner_product_param { num_output: 200 } })",
                   "net.prototxt"),
          context);
  net.Forward();
  net.Backward();
  const MemoryNeed need = PredictMemory(net, context, 0);
  // 3 x 500 inputs and 200 x 500 weights of 2 bytes, in pieces of 256 bytes.
  EXPECT_EQ(need.scratch, size_t{3072 + 200192});
  const double measured = emulator::live_bytes(0) - before;
  EXPECT_NEAR(need.total() / measured, 1, 0.01);
}

// Emulates a GPU of another compute capability.
class CapabilityTest : public SolverTest {
 protected:
  void SetUp() override {
    SolverTest::SetUp();
    emulator::settings().capability = 75;
  }
  void TearDown() override {
    emulator::settings().capability = 80;
    SolverTest::TearDown();
  }

  std::vector<float> Moved(const std::string& text, int steps = 10) const {
    Solver solver(
        Source("random_seed: 1 base_lr: 0.01 lr_policy: 'fixed' " + text,
               kRandomNet),
        Context(Device::kCuda));
    solver.Step(steps);
    return Weights(&solver.net(), "fc1");
  }
};

TEST_F(CapabilityTest, Below8ThereIsNoBf16AndALineSaysSo) {
  const LogLines log;
  EXPECT_EQ(Moved("precision: BF16"), Moved(""));
  EXPECT_EQ(log.With("bfloat16 needs a GPU of compute capability 8.0 or more; "
                     "computing in float")
                .size(),
            1u);
}

TEST_F(CapabilityTest, OfEveryKindHasFp16) {
  const std::vector<float> exact = Moved(""), half = Moved("precision: FP16");
  EXPECT_NE(half, exact);
  EXPECT_LT(Farthest(half, exact), 1e-3f * Largest(exact));
}

TEST_F(CapabilityTest, From8OnHasBf16) {
  emulator::settings().capability = 80;
  const std::vector<float> exact = Moved(""), bf16 = Moved("precision: BF16");
  EXPECT_NE(bf16, exact);
  EXPECT_LT(Farthest(bf16, exact), 1e-2f * Largest(exact));
}

TEST_F(CapabilityTest, Below8Tf32IsFloat) {
  Values x{{1, 2}, {1.0001f, 2.0001f}};
  const std::string text =
      "type: 'InnerProduct' inner_product_param { num_output: 1 "
      "weight_filler { value: 1 } }";
  const auto product = [&] {
    LayerRun run(text, {x}, Device::kCuda);
    AllowTf32(run.context);
    return run.Forward().Top()[0];
  };
  EXPECT_FLOAT_EQ(product(), 3.0002f);
  emulator::settings().capability = 80;
  EXPECT_EQ(product(), 3);
}

// A gradient of -2e-9 for each of two products.
TEST_F(CapabilityTest, LossScaleKeepsSmallGradientsFromVanishing) {
  const std::string tiny = R"(
    layer { name: "data" type: "DummyData" top: "x" top: "target"
      dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 }
        data_filler { value: 3 } } }
    layer { name: "fc" type: "InnerProduct" bottom: "x" top: "y"
      inner_product_param { num_output: 1 bias_term: false
        weight_filler { value: 1 } } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "target"
      top: "loss" loss_weight: 1e-9 })";
  const auto moved = [&](const std::string& text) {
    Solver solver(Source("base_lr: 1e8 lr_policy: 'fixed' " + text, tiny),
                  Context(Device::kCuda));
    solver.Step(1);
    return Weights(&solver.net(), "fc")[0];
  };
  EXPECT_EQ(moved("precision: FP16 loss_scale: 1"), 1);
  EXPECT_NEAR(moved("precision: FP16"), 1.2f, 0.01f);
  EXPECT_NEAR(moved("precision: FP16 loss_scale: 1048576"), 1.2f, 1e-4f);
}

// Beyond 65504, though the loss is not.
TEST_F(CapabilityTest, GradientsBeyondHalfAreLeftOut) {
  const LogLines log;
  EXPECT_EQ(Moved("precision: FP16 loss_scale: 1e7"), Moved("", 0));
  EXPECT_EQ(log.With("loss_scale 1e+07, is not finite").size(), 10u);
}

}  // namespace
}  // namespace doppio
