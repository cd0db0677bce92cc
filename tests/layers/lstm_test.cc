#include "layers/layer_test.h"

namespace doppio {
namespace {

class LstmTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, LstmTest, testing::ValuesIn(Devices()));

std::string LstmText(const std::string& rest = "") {
  return "type: 'LSTM' recurrent_param { num_output: 2 weight_filler { type: "
         "'uniform' min: -0.5 max: 0.5 } bias_filler { type: 'gaussian' std: "
         "0.1 } " +
         rest + "}";
}

TEST_P(LstmTest, RunsACellStepByStep) {
  LayerRun run = Make("type: 'LSTM' recurrent_param { num_output: 1 }",
                      {{{2, 1, 1}, {1, 0}}, {{2, 1}, {0, 1}}});
  // Only g reads x: gates are 1/2, tanh(g) is 0.6, then 0.
  run.SetParam(0, {0, 0, 0, 0.693147f});
  // c: 0.6 / 2 = 0.3, then 0.3 / 2; h = tanh(c) / 2.
  ExpectNear(run.Forward().Top(), {0.145656f, 0.0744425f});
}

TEST_P(LstmTest, ParametersAreInCaffesOrder) {
  LayerRun run = Make(LstmText(), {Distinct({4, 3, 5, 2}), Constant({4, 3}, 1),
                                   Distinct({3, 7})});
  const Shapes expected = {{8, 10}, {8}, {8, 7}, {8, 2}};
  ASSERT_EQ(run.layer->params().size(), expected.size());
  for (size_t p = 0; p < expected.size(); ++p) {
    EXPECT_EQ(run.layer->params()[p].shape, expected[p]);
  }
  EXPECT_EQ(run.tops[0].shape(), Shape({4, 3, 2}));
}

TEST_P(LstmTest, GradientMatchesDifferences) {
  const Values cont = {{3, 2}, {0, 0, 1, 1, 1, 0}};
  CheckGradient(LstmText(), {{{3, 2, 3}, {}}, cont});
  CheckGradient(LstmText(), {{{3, 2, 1, 2}, {}}, cont, {{2, 3}, {}}});
}

TEST_P(LstmTest, ABatchGoesOnWhereTheLastOneEnded) {
  const std::vector<float> x = DistinctValues(4 * 2 * 3);
  const std::vector<float> half(x.begin(), x.begin() + 12);
  const std::vector<float> rest(x.begin() + 12, x.end());
  LayerRun whole = Make(LstmText(), {{{4, 2, 3}, x}, Constant({4, 2}, 1)});
  LayerRun parts = Make(LstmText(), {{{2, 2, 3}, half}, Constant({2, 2}, 1)});
  std::vector<float> y = parts.Forward().Top();
  parts.bottoms[0].data.CopyFrom(rest);
  const std::vector<float> second = parts.Forward().Top();
  y.insert(y.end(), second.begin(), second.end());
  ExpectNear(whole.Forward().Top(), y);
}

TEST_P(LstmTest, ASequenceThatBeginsForgetsTheLastBatch) {
  LayerRun run =
      Make(LstmText(), {Distinct({3, 2, 3}), {{3, 2}, {0, 0, 1, 1, 1, 1}}});
  const std::vector<float> first = run.Forward().Top();
  EXPECT_EQ(run.Forward().Top(), first);
}

TEST_P(LstmTest, ExposedStatesComeFromOutside) {
  const Values x = Distinct({2, 2, 3}), goes_on = Constant({2, 2}, 1);
  LayerRun inner = Make(LstmText(), {x, goes_on});
  LayerRun outer =
      Make(LstmText("expose_hidden: true"),
           {x, goes_on, Constant({1, 2, 2}, 0), Constant({1, 2, 2}, 0)});
  inner.Forward();
  ASSERT_EQ(outer.Forward().tops.size(), 3u);
  EXPECT_EQ(outer.Top(0), inner.Top(0));
  // Fed back, the last states give what the next batch gives.
  outer.bottoms[2].data.CopyFrom(outer.Top(1));
  outer.bottoms[3].data.CopyFrom(outer.Top(2));
  EXPECT_EQ(outer.Forward().Top(0), inner.Forward().Top(0));
}

TEST_P(LstmTest, GradientsStopAtTheEdgesOfABatchAsInCaffe) {
  const Values x = Distinct({2, 2, 3}), cont = {{2, 2}, {0, 0, 1, 1}};
  LayerRun inner = Make(LstmText(), {x, cont});
  LayerRun outer =
      Make(LstmText("expose_hidden: true"),
           {x, cont, Distinct({1, 2, 2}, 4), Distinct({1, 2, 2}, 5)});
  for (LayerRun* run : {&inner, &outer}) {
    run->Forward();
    for (Blob& top : run->tops) {
      top.diff.CopyFrom(DistinctValues(top.data.count(), 6));
    }
    run->Backward();
  }
  EXPECT_EQ(outer.BottomDiff(0), inner.BottomDiff(0));
  EXPECT_EQ(outer.BottomDiff(2), std::vector<float>(4));
  EXPECT_EQ(outer.BottomDiff(3), std::vector<float>(4));
}

TEST_P(LstmTest, DiffsOfParametersAddUpWhereAskedTo) {
  LayerRun run = Make(
      LstmText(),
      {Distinct({3, 2, 3}), {{3, 2}, {0, 0, 1, 1, 1, 1}}, Distinct({2, 2})});
  run.Forward();
  run.tops[0].diff.CopyFrom(DistinctValues(12));
  run.Backward();
  for (size_t p = 0; p < 4; ++p) {
    std::vector<float> twice = run.ParamDiff(p);
    for (float& d : twice) d *= 2;
    run.layer->params()[p].accumulate = true;
    run.Backward();
    ExpectNear(run.ParamDiff(p), twice);
  }
}

TEST_P(LstmTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings,
                         const std::vector<Shape>& shapes) {
    std::vector<Values> bottoms;
    for (const Shape& shape : shapes) bottoms.push_back(Constant(shape, 1));
    return ErrorOf("type: 'LSTM' recurrent_param { " + settings + " }",
                   bottoms);
  };
  EXPECT_EQ(error("", {{2, 1, 1}, {2, 1}}), "recurrent_param needs num_output");
  EXPECT_EQ(error("num_output: 2", {{3}, {3}}),
            "needs a first bottom of steps x sequences x ..., not 3");
  EXPECT_EQ(error("num_output: 2", {{3, 2, 4}, {2, 3}}),
            "a first bottom of 3x2x4 needs 3x2 marks of continuation, but the "
            "second bottom is 2x3");
  EXPECT_EQ(error("num_output: 2", {{0, 2, 4}, {0, 2}}),
            "a first bottom of 0x2x4 has no steps or no values");
  EXPECT_EQ(error("num_output: 2", {{3, 2, 4}, {3, 2}, {3, 4}}),
            "the third bottom, constant over time, is 3x4; its first axis must "
            "count the 2 sequences");
  EXPECT_EQ(error("num_output: 2 expose_hidden: true",
                  {{3, 2, 4}, {3, 2}, {1, 2, 2}, {1, 2, 3}}),
            "bottom 3 is a first state and must be 1x2x2, not 1x2x3");
}

}  // namespace
}  // namespace doppio
