#include "layers/layer_test.h"

namespace doppio {
namespace {

class InnerProductTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, InnerProductTest,
                         testing::ValuesIn(Devices()));

TEST_P(InnerProductTest, MultipliesEachRowByTheWeights) {
  LayerRun run =
      Make("type: 'InnerProduct' inner_product_param { num_output: 2 }",
           {{{2, 3}, {1, 2, 3, 4, 5, 6}}});
  run.SetParam(0, {1, 10, 100, 2, 20, 200});
  run.SetParam(1, {0.5f, -0.5f});
  EXPECT_EQ(run.Forward().tops[0].shape(), Shape({2, 2}));
  EXPECT_EQ(run.Top(), std::vector<float>({321.5f, 641.5f, 654.5f, 1307.5f}));
  EXPECT_EQ(run.layer->multiply_adds(), 12);
}

TEST_P(InnerProductTest, AgreesWithTheSumsWrittenOut) {
  for (const bool transpose : {false, true}) {
    for (const int rows : {1, 2, 37}) {
      const int inputs = 53, outputs = 19;
      LayerRun run = Make(
          std::string("type: 'InnerProduct' inner_product_param { num_output: "
                      "19 weight_filler { type: 'gaussian' } bias_filler { "
                      "type: 'gaussian' } transpose: ") +
              (transpose ? "true }" : "false }"),
          {Distinct({rows, inputs})});
      EXPECT_EQ(run.layer->params()[0].shape, transpose
                                                  ? Shape({inputs, outputs})
                                                  : Shape({outputs, inputs}));
      run.Forward();
      run.tops[0].diff.CopyFrom(DistinctValues(rows * outputs, 3));
      run.Backward();
      const std::vector<float> x = run.bottoms[0].data.ToVector();
      const std::vector<float> dy = run.tops[0].diff.ToVector();
      const std::vector<float> w = run.Param(0);
      std::vector<float> y(rows * outputs), dx(x.size()), dw(w.size()),
          db(outputs);
      for (int n = 0; n < rows; ++n) {
        for (int o = 0; o < outputs; ++o) {
          double sum = run.Param(1)[o];
          for (int k = 0; k < inputs; ++k) {
            const int at = transpose ? k * outputs + o : o * inputs + k;
            sum += double{x[n * inputs + k]} * w[at];
            dx[n * inputs + k] += dy[n * outputs + o] * w[at];
            dw[at] += dy[n * outputs + o] * x[n * inputs + k];
          }
          y[n * outputs + o] = sum;
          db[o] += dy[n * outputs + o];
        }
      }
      ExpectNear(run.Top(), y, 1e-4f, 1e-4f);
      ExpectNear(run.BottomDiff(), dx, 1e-4f, 1e-4f);
      ExpectNear(run.ParamDiff(0), dw, 1e-4f, 1e-4f);
      ExpectNear(run.ParamDiff(1), db, 1e-4f, 1e-4f);
    }
  }
}

TEST_P(InnerProductTest, GradientMatchesDifferences) {
  for (const char* settings : {"", "bias_term: false", "transpose: true"}) {
    CheckGradient(std::string("type: 'InnerProduct' inner_product_param { "
                              "num_output: 3 weight_filler { type: 'gaussian' "
                              "} ") +
                      settings + " }",
                  {{{3, 2, 2}, {}}});
  }
}

TEST_P(InnerProductTest, AxesBeforeTheFirstThatIsFlattenedRemain) {
  const auto shape = [&](int axis) {
    return TopShape(
        "type: 'InnerProduct' inner_product_param { num_output: 7 "
        "axis: " +
            std::to_string(axis) + " }",
        {Distinct({2, 3, 4, 5})});
  };
  EXPECT_EQ(shape(0), Shape({7}));
  EXPECT_EQ(shape(1), Shape({2, 7}));
  EXPECT_EQ(shape(2), Shape({2, 3, 7}));
  EXPECT_EQ(shape(-1), Shape({2, 3, 4, 7}));
}

TEST_P(InnerProductTest, DiffsOfParametersAddUpWhereAskedTo) {
  LayerRun run =
      Make("type: 'InnerProduct' inner_product_param { num_output: 2 }",
           {{{1, 2}, {3, 4}}});
  run.tops[0].diff.CopyFrom({1, 10});
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({3, 4, 30, 40}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({1, 10}));
  run.Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({3, 4, 30, 40}));
  for (Parameter& p : run.layer->params()) p.accumulate = true;
  run.Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({6, 8, 60, 80}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({2, 20}));
}

// More than a thread of a GPU sums.
TEST_P(InnerProductTest, DiffsOfBiasesSumManyRows) {
  const int rows = 2000;
  LayerRun run =
      Make("type: 'InnerProduct' inner_product_param { num_output: 2 }",
           {Constant({rows, 1}, 1)});
  std::vector<float> dy(2 * rows, 0.5f);
  for (int n = 0; n < rows; ++n) dy[2 * n + 1] = static_cast<float>(n);
  run.tops[0].diff.CopyFrom(dy);
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({1000, 1999000}));
  run.layer->params()[1].accumulate = true;
  run.Backward();
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({2000, 3998000}));
}

TEST_P(InnerProductTest, NoRowsGiveNoDiff) {
  LayerRun run =
      Make("type: 'InnerProduct' inner_product_param { num_output: 1 }",
           {{{0, 2}, {}}});
  run.layer->params()[0].blob.diff.CopyFrom({5, 6});
  run.Forward().Backward();
  EXPECT_EQ(run.tops[0].shape(), Shape({0, 1}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({0, 0}));
}

TEST_P(InnerProductTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf("type: 'InnerProduct'", {Distinct({2, 3})}),
            "inner_product_param needs num_output");
  EXPECT_EQ(
      ErrorOf("type: 'InnerProduct' inner_product_param { num_output: 1 axis: "
              "2 }",
              {Distinct({2, 3})}),
      "axis 2 of a blob with 2 axes (2x3)");
  EXPECT_EQ(
      ErrorOf("type: 'InnerProduct' inner_product_param { num_output: 1 }",
              {{{2, 0}, {}}}),
      "a bottom of shape 2x0 has no values from axis 1 on");
}

TEST_P(InnerProductTest, SaysWhenALaterInputDoesNotFitTheWeights) {
  LayerRun run =
      Make("type: 'InnerProduct' inner_product_param { num_output: 2 }",
           {Distinct({2, 3})});
  try {
    run.layer->Reshape({Shape({2, 4})});
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "its parameter 0 has shape 2x3, but this input needs 2x4");
  }
}

}  // namespace
}  // namespace doppio
