// Which convolutions cuDNN computes, and what is said where it fails.

#include <cudnn.h>
#include <gtest/gtest.h>

#include "device/cuda_device.h"
#include "device/onednn.h"
#include "error_of.h"
#include "layers/layer_test.h"
#include "settings.h"

namespace doppio {
namespace {

// A layer of 4 channels of 7 x 6 pixels.
std::string LayerText(const std::string& type, const std::string& settings) {
  return "type: '" + type + "' convolution_param { num_output: 6 " + settings +
         " weight_filler { type: 'gaussian' } bias_filler { type: 'gaussian' } "
         "}";
}

class CudnnProductsTest : public testing::Test {
 protected:
  ~CudnnProductsTest() override { emulator::settings() = before_; }

  static LayerRun Make(const std::string& text, const Shape& x = {2, 4, 7, 6},
                       const std::vector<int>& without_gradient = {}) {
    LayerRun run(text, {Distinct(x)}, Device::kCuda, without_gradient);
    run.tops[0].diff.CopyFrom(DistinctValues(run.tops[0].diff.count()));
    return run;
  }

  static void Answer(cudnnStatus_t status) {
    emulator::settings().cudnn_answers = status;
  }

  // What a layer says, forward and backward, whose cuDNN has stopped working
  // since it was made.
  static std::vector<std::string> Failing(LayerRun* run, cudnnStatus_t status) {
    Answer(status);
    const std::vector<std::string> said = {ErrorOf([&] { run->Forward(); }),
                                           ErrorOf([&] { run->Backward(); })};
    Answer(CUDNN_STATUS_SUCCESS);
    return said;
  }
  // What computes a layer, forward and backward.
  static std::string Way(LayerRun run) {
    const auto said = Failing(&run, CUDNN_STATUS_EXECUTION_FAILED);
    const bool forward = said[0] != "(no Error)";
    if (forward != (said[1] != "(no Error)")) return "both";
    return forward ? "cuDNN" : "columns";
  }

  const emulator::Settings before_ = emulator::settings();
};

TEST_F(CudnnProductsTest, FailInOneSentence) {
  LayerRun run = Make(LayerText("Convolution", "kernel_size: 3"));
  EXPECT_EQ(Failing(&run, CUDNN_STATUS_EXECUTION_FAILED),
            std::vector<std::string>(2,
                                     "a convolution by cuDNN failed: "
                                     "CUDNN_STATUS_EXECUTION_FAILED"));
  EXPECT_EQ(Failing(&run, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED),
            std::vector<std::string>(
                2, "the GPU has no room for cuDNN; make the batch smaller"));
}

TEST_F(CudnnProductsTest, AreRefusedByAGpuThatIsNoneForCudnn) {
  Answer(CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH);
  EXPECT_EQ(ErrorOf([] { Make(LayerText("Convolution", "kernel_size: 3")); }),
            "cuDNN cannot be used on this GPU (CUDNN_STATUS_NOT_SUPPORTED); "
            "configure with -DDOPPIO_CUDNN=OFF to do without it");
}

// When the layer plans anew, with cuDNN open.
TEST_F(CudnnProductsTest, AreByColumnsWhereCudnnDeclinesAndNotWhereItFails) {
  LayerRun run = Make(LayerText("Convolution", "kernel_size: 3"));
  const auto plan = [&](cudnnStatus_t status) {
    Answer(status);
    const std::string said =
        ErrorOf([&] { run.layer->PlanLayouts({nullptr}); });
    Answer(CUDNN_STATUS_SUCCESS);
    return said;
  };
  EXPECT_EQ(plan(CUDNN_STATUS_INTERNAL_ERROR),
            "a convolution by cuDNN failed: CUDNN_STATUS_INTERNAL_ERROR");
  EXPECT_EQ(plan(CUDNN_STATUS_NOT_SUPPORTED_SHAPE), "(no Error)");
  EXPECT_EQ(Way(std::move(run)), "columns");
}

TEST_F(CudnnProductsTest, AreOfOneToThreeAxesWithGroupsAndHoles) {
  for (const char* type : {"Convolution", "Deconvolution"}) {
    for (const char* settings :
         {"kernel_size: 3", "kernel_size: 3 stride: 2 pad: 1 group: 2",
          "kernel_size: 2 dilation: 2", "kernel_size: 1"}) {
      EXPECT_EQ(Way(Make(LayerText(type, settings))), "cuDNN")
          << type << " " << settings;
    }
    const std::string text = LayerText(type, "kernel_size: 2");
    EXPECT_EQ(Way(Make(text, {2, 3, 5})), "cuDNN") << type;
    EXPECT_EQ(Way(Make(text, {2, 3, 4, 5, 6})), "cuDNN") << type;
  }
}

TEST_F(CudnnProductsTest, AreNotOfWindowsThatHangOverOrOfNothing) {
  EXPECT_EQ(
      Way(Make(LayerText("Convolution", "kernel_h: 1 kernel_w: 7 stride: 2"))),
      "columns");
  EXPECT_EQ(Way(Make(LayerText("Convolution", "kernel_size: 3"), {0, 4, 7, 6})),
            "columns");
}

// With and without cuDNN, in which no algorithm is left or none has room.
TEST_F(CudnnProductsTest, AreTheSameByColumns) {
  emulator::Settings off = before_, large = before_;
  off.cudnn = false;
  large.cudnn_workspace = size_t{256} << 20;
  for (const char* type : {"Convolution", "Deconvolution"}) {
    const std::string text =
        LayerText(type, "kernel_size: 3 stride: 2 pad: 1 group: 2");
    emulator::settings() = before_;
    LayerRun expected = Make(text);
    expected.Forward().Backward();
    for (const emulator::Settings& settings : {off, large}) {
      emulator::settings() = settings;
      LayerRun run = Make(text);
      EXPECT_EQ(Way(Make(text)), "columns") << type;
      run.Forward().Backward();
      ExpectNear(run.Top(), expected.Top());
      ExpectNear(run.BottomDiff(), expected.BottomDiff());
      for (const int p : {0, 1}) {
        ExpectNear(run.ParamDiff(p), expected.ParamDiff(p));
      }
    }
  }
}

size_t ScratchOf(const LayerRun& run) {
  return ScratchBytes(*run.context.libraries().cuda);
}

TEST_F(CudnnProductsTest, CountTheWorkspaceAsScratch) {
  const std::string text = LayerText("Convolution", "kernel_size: 3 pad: 1");
  // 4 channels of 9 taps at 7 x 6 positions.
  constexpr size_t kColumns = 4 * 9 * 7 * 6 * sizeof(float);
  // The most that one of the passes needs; see the emulator's algorithms.
  const Shape x = {2, 4, 7, 6};
  EXPECT_EQ(ScratchOf(Make(text)), 3 * kColumns);
  EXPECT_EQ(ScratchOf(Make(text, x, {0})), 2 * kColumns);
  emulator::settings().cudnn_workspace = 1001;
  EXPECT_EQ(ScratchOf(Make(text)), 3 * kColumns + 1004);  // in whole floats
  // Columns of both images, and what comes of them.
  emulator::settings().cudnn = false;
  EXPECT_EQ(ScratchOf(Make(text)), 2 * (kColumns + 6 * 7 * 6 * sizeof(float)));
}

}  // namespace
}  // namespace doppio
