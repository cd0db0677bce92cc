#include "layers/layer_test.h"

namespace doppio {
namespace {

class RnnTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, RnnTest, testing::ValuesIn(Devices()));

const char kRnnText[] =
    "type: 'RNN' recurrent_param { num_output: 2 weight_filler { type: "
    "'uniform' min: -0.5 max: 0.5 } bias_filler { type: 'gaussian' std: 0.1 } ";

std::string RnnText(const std::string& rest = "") {
  return kRnnText + rest + "}";
}

TEST_P(RnnTest, CarriesItsStateThroughTanh) {
  LayerRun run = Make("type: 'RNN' recurrent_param { num_output: 1 }",
                      {{{3, 1, 1}, {1, 0, 0}}, {{3, 1}, {0, 1, 0}}});
  // Wx, b, Wh, Wo, bo
  const float values[] = {0.549306f, 0, 1.098612f, 2, 0.5f};
  for (int p = 0; p < 5; ++p) run.SetParam(p, {values[p]});
  // h: tanh(0.549306) = 0.5; tanh(1.098612 * 0.5) = 0.5; then it begins anew.
  ExpectNear(run.Forward().Top(), {0.905148f, 0.905148f, 0.462117f});
}

TEST_P(RnnTest, ParametersAreInCaffesOrder) {
  LayerRun run = Make(
      RnnText(), {Distinct({4, 3, 5}), Constant({4, 3}, 1), Distinct({3, 7})});
  const Shapes expected = {{2, 5}, {2}, {2, 7}, {2, 2}, {2, 2}, {2}};
  ASSERT_EQ(run.layer->params().size(), expected.size());
  for (size_t p = 0; p < expected.size(); ++p) {
    EXPECT_EQ(run.layer->params()[p].shape, expected[p]);
  }
  EXPECT_EQ(run.layer->multiply_adds(),
            4 * 3 * 2 * (5 + 2) + 3 * 2 * 7 + 4 * 3 * 2 * 2);
}

TEST_P(RnnTest, GradientMatchesDifferences) {
  const Values cont = {{3, 2}, {0, 0, 1, 1, 1, 0}};
  CheckGradient(RnnText(), {{{3, 2, 3}, {}}, cont});
  CheckGradient(RnnText(), {{{3, 2, 2}, {}}, cont, {{2, 3}, {}}});
}

TEST_P(RnnTest, LogsStepsWithDebugInfo) {
  testing::internal::CaptureStderr();
  FLAGS_logtostderr = true;
  Forward(RnnText("debug_info: true"),
          {Distinct({2, 1, 1}), Constant({2, 1}, 0)});
  FLAGS_logtostderr = false;
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("layer \"layer\", step 1: mean |h| = "), std::string::npos)
      << log;
}

}  // namespace
}  // namespace doppio
