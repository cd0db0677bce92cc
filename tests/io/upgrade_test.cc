#include "io/upgrade.h"

#include "io/io_test.h"

namespace doppio {
namespace {

std::string NetError(const std::string& text) {
  return ErrorOf([&] { ParseNet(text, "n"); });
}

TEST(UpgradeTest, InputDimBecomesAnInputLayer) {
  const NetSource source = ParseNet(
      "name: 'net'\n"
      "input: 'data' input_dim: 10 input_dim: 3 input_dim: 7 input_dim: 8\n"
      "input: 'label' input_dim: 10 input_dim: 1 input_dim: 1 input_dim: 1\n"
      "layer { name: 'a' }\n"
      "layer { name: 'b' }\n",
      "n");
  ASSERT_EQ(source.net.layer_size(), 3);
  const LayerParameter& layer = source.net.layer(0);
  EXPECT_EQ(layer.type(), "Input");
  EXPECT_EQ(layer.top(1), "label");
  ASSERT_EQ(layer.input_param().shape_size(), 2);
  EXPECT_EQ(layer.input_param().shape(0).dim(3), 8);
  EXPECT_EQ(layer.input_param().shape(1).dim(0), 10);
  EXPECT_EQ(source.net.layer(1).name(), "a");
  EXPECT_EQ(source.net.layer(2).name(), "b");
  EXPECT_EQ(source.layer_lines, std::vector<int>({2, 4, 5}));
  EXPECT_EQ(source.Locate(0), "n:2: layer \"input\" (Input)");
  EXPECT_EQ(source.net.input_size() + source.net.input_dim_size(), 0);
}

TEST(UpgradeTest, InputShapeBecomesAnInputLayer) {
  const NetSource source =
      ParseNet("input: 'x' input_shape { dim: 4 dim: 5 }", "n");
  ASSERT_EQ(source.net.layer_size(), 1);
  ASSERT_EQ(source.net.layer(0).input_param().shape(0).dim_size(), 2);
  EXPECT_EQ(source.net.layer(0).input_param().shape(0).dim(1), 5);
  EXPECT_EQ(source.net.input_shape_size(), 0);
}

TEST(UpgradeTest, EveryInputNeedsASize) {
  EXPECT_EQ(NetError("input: 'x' input: 'y' input_shape { dim: 4 }"),
            "n: the net has 2 input, but 1 input_shape; give one for each");
  EXPECT_EQ(NetError("input: 'x' input_dim: 4"),
            "n: the net has 1 input, but 0 times four input_dim; give four for "
            "each");
  EXPECT_EQ(NetError("input: 'x' layer { bottom: 'x' }"),
            "n: input \"x\" has no size; add an input_shape");
  // Caffe runs this.
  EXPECT_EQ(ParseNet("input: 'x' layer { name: 'a' }", "n").net.layer_size(),
            1);
}

TEST(UpgradeTest, StatisticsOfABatchNormDoNotLearn) {
  const NetSource source = ParseNet(
      "layer { type: 'BatchNorm' param { name: 'a' lr_mult: 1 } "
      "param { lr_mult: 1 decay_mult: 1 } param {} }",
      "n");
  for (const ParamSpec& spec : source.net.layer(0).param()) {
    EXPECT_EQ(spec.lr_mult(), 0);
    EXPECT_EQ(spec.decay_mult(), 0);
  }
  EXPECT_EQ(source.net.layer(0).param(0).name(), "a");
}

TEST(UpgradeTest, AnOldNetIsNamedAsSuch) {
  EXPECT_EQ(NetError("layers { type: RELU }"),
            "n: the net is in an old format (`layers` where today's has "
            "`layer`); upgrade it first");
}

TEST(UpgradeTest, SolverTypeBecomesType) {
  const std::pair<const char*, const char*> kTypes[] = {
      {"SGD", "SGD"},         {"NESTEROV", "Nesterov"}, {"ADAGRAD", "AdaGrad"},
      {"RMSPROP", "RMSProp"}, {"ADADELTA", "AdaDelta"}, {"ADAM", "Adam"}};
  for (const auto& [old, today] : kTypes) {
    const SolverParameter solver =
        ParseSolver(std::string("solver_type: ") + old, "s").solver;
    EXPECT_EQ(solver.type(), today);
    EXPECT_FALSE(solver.has_solver_type());
  }
  EXPECT_EQ(ErrorOf([] { ParseSolver("solver_type: ADAM type: 'Adam'", "s"); }),
            "s: the solver has both type and the old solver_type; keep type");
}

TEST(UpgradeTest, NetsWithinASolverAreUpgraded) {
  const SolverParameter solver =
      ParseSolver(
          "net_param { input: 'x' input_shape {} } "
          "train_net_param { input: 'x' input_shape {} } "
          "test_net_param { input: 'x' input_shape {} }",
          "s")
          .solver;
  EXPECT_EQ(solver.net_param().layer(0).type(), "Input");
  EXPECT_EQ(solver.train_net_param().layer(0).type(), "Input");
  EXPECT_EQ(solver.test_net_param(0).layer(0).type(), "Input");
}

}  // namespace
}  // namespace doppio
