#include "layers/layer_test.h"

namespace doppio {
namespace {

class ParameterTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ParameterTest, testing::ValuesIn(Devices()));

const char* const kParameterText =
    "type: 'Parameter' parameter_param { shape { dim: 2 dim: 1 } }";

TEST_P(ParameterTest, GivesItsParameter) {
  LayerRun run = Make(kParameterText, {});
  run.SetParam(0, {3, 4});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({2, 1}));
  EXPECT_EQ(run.Top(), std::vector<float>({3, 4}));
}

TEST_P(ParameterTest, TakesTheTopsGradient) {
  LayerRun run = Make(kParameterText, {});
  run.tops[0].diff.CopyFrom({1, 2});
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({1, 2}));
  run.layer->params()[0].accumulate = true;
  run.Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({2, 4}));
  run.layer->params()[0].learns = false;
  run.Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({2, 4}));
}

TEST_P(ParameterTest, GradientMatchesDifferences) {
  CheckGradient(kParameterText, {});
}

}  // namespace
}  // namespace doppio
