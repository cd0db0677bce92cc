#include "layers/layer_test.h"

namespace doppio {
namespace {

class EmbedTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, EmbedTest, testing::ValuesIn(Devices()));

std::string EmbedText(const std::string& param = "") {
  return "type: 'Embed' embed_param { input_dim: 3 num_output: 2 " + param +
         " }";
}

TEST_P(EmbedTest, LooksUpRows) {
  LayerRun run = Make(EmbedText(), {{{2, 2}, {2, 0, 0, 1}}});
  run.SetParam(0, {1, 2, 3, 4, 5, 6});
  run.SetParam(1, {10, 20});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({2, 2, 2}));
  EXPECT_EQ(run.Top(), std::vector<float>({15, 26, 11, 22, 11, 22, 13, 24}));
}

TEST_P(EmbedTest, AddsTheGradientsOfARow) {
  LayerRun run = Make(EmbedText(), {{{3}, {2, 0, 2}}});
  run.tops[0].diff.CopyFrom({1, 2, 10, 20, 100, 200});
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({10, 20, 0, 0, 101, 202}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({111, 222}));
  run.layer->params()[0].accumulate = true;
  run.Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({20, 40, 0, 0, 202, 404}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({111, 222}));
}

TEST_P(EmbedTest, GradientMatchesDifferences) {
  CheckGradient(EmbedText("weight_filler { type: 'gaussian' }"),
                {{{4}, {2, 0, 2, 1}}});
  CheckGradient(EmbedText("bias_term: false"), {{{4}, {2, 0, 2, 1}}});
}

TEST_P(EmbedTest, RefusesWhatIsNoRow) {
  EXPECT_EQ(ErrorOf(EmbedText(), {{{2}, {0, 3}}}),
            "value 3 at position 1 is not the index of one of the 3 rows "
            "(0..2)");
  EXPECT_EQ(ErrorOf(EmbedText(), {{{1}, {0.5f}}}),
            "value 0.5 at position 0 is not the index of one of the 3 rows "
            "(0..2)");
}

TEST_P(EmbedTest, WantsTheSizeOfItsMatrix) {
  EXPECT_EQ(ErrorOf("type: 'Embed' embed_param { input_dim: 3 }", {{{1}, {0}}}),
            "embed_param has input_dim: 3 and num_output: 0; both have to be "
            "at least 1");
}

}  // namespace
}  // namespace doppio
