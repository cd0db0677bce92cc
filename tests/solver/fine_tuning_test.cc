#include "solver/fine_tuning.h"

#include <gtest/gtest.h>

#include "solver/snapshot.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

using FineTuningTest = SolverTest;

TEST_F(FineTuningTest, WeightsMayBeListedInOneString) {
  SolverParameter param;
  param.add_weights("a.caffemodel, b.caffemodel");
  param.add_weights("c.caffemodel");
  EXPECT_EQ(WeightsFiles(param),
            (std::vector<std::string>{"a.caffemodel", "b.caffemodel",
                                      "c.caffemodel"}));
}

TEST_F(FineTuningTest, StartsFromTheWeightsOfEqualNames) {
  Solver first(Source(""));
  first.Step(1);
  first.Snapshot();

  std::string net = kOneWeight;
  net += R"(layer { name: "new" type: "InnerProduct" bottom: "y" top: "new"
      inner_product_param { num_output: 1 } })";
  LogLines log;
  const std::string file = WeightsFile(Path("run"), 1);
  Solver second(Source("weights: '" + file + "'", net));
  EXPECT_EQ(second.iteration(), 0);
  EXPECT_EQ(Weights(&second.net(), "w"), std::vector<float>({2}));
  EXPECT_EQ(log.With("weights ")[0],
            "weights " + file + ": 1 layers start from there; not in it: new");
}

TEST_F(FineTuningTest, WeightsThatFitNothingAreRefusedUnlessAllowed) {
  Solver first(Source(""));
  first.Snapshot();
  const std::string file = WeightsFile(Path("run"), 0);
  const SolverSource other = Source("weights: '" + file + "'", kRandomNet);
  EXPECT_EQ(ErrorOf(other),
            "weights " + file +
                ": no layer of the net has a name that occurs there; "
                "--allow_unmatched starts all the same");
  Solver::Options options;
  options.allow_unmatched = true;
  EXPECT_EQ(Solver(other, Context(), options).iteration(), 0);
}

FineTuning TrainFc2(int classes = 0) { return {{"fc2"}, classes}; }

TEST_F(FineTuningTest, TrainsTheNamedLayersOnly) {
  Solver base(Source("", kRandomNet));
  base.Step(1);
  base.Snapshot();
  Solver::Options options;
  options.fine_tuning = TrainFc2();
  Solver tuned(
      Source("weight_decay: 0.1 weights: '" + WeightsFile(Path("run"), 1) + "'",
             kRandomNet),
      Context(), options);
  const auto fc1 = Weights(&tuned.net(), "fc1");
  const auto fc2 = Weights(&tuned.net(), "fc2");
  EXPECT_EQ(fc1, Weights(&base.net(), "fc1"));
  EXPECT_EQ(fc2, Weights(&base.net(), "fc2"));
  tuned.Step(3);
  EXPECT_EQ(Weights(&tuned.net(), "fc1"), fc1);
  EXPECT_EQ(Weights(&tuned.net(), "fc1", 1), Weights(&base.net(), "fc1", 1));
  EXPECT_NE(Weights(&tuned.net(), "fc2"), fc2);
  // Nothing runs backward below.
  for (const Step& step : tuned.net().steps()) {
    EXPECT_EQ(step.backward,
              step.layer->name() == "fc2" || step.layer->name() == "loss");
  }
}

// Whose targets are classes.
std::string Classifier() {
  std::string net = kRandomNet;
  net.replace(net.find("shape { dim: 8 dim: 2 }"), 23, "shape { dim: 8 }");
  net.replace(net.find("EuclideanLoss"), 13, "SoftmaxWithLoss");
  net.replace(net.find("{ type: \"uniform\" }"), 19, "{ type: \"constant\" }");
  return net;
}

TEST_F(FineTuningTest, OtherClassesStartAfresh) {
  Solver base(Source("", Classifier()));
  base.Snapshot();
  Solver::Options options;
  options.fine_tuning = TrainFc2(5);
  const SolverSource source =
      Source("max_iter: 4 weights: '" + WeightsFile(Path("run"), 0) + "'",
             Classifier());
  Solver tuned(source, Context(), options);
  EXPECT_EQ(Weights(&tuned.net(), "fc2").size(), 5u * 20);
  EXPECT_EQ(Weights(&tuned.net(), "fc1"), Weights(&base.net(), "fc1"));
  tuned.Step(2);
  // And goes on like any other run.
  options.snapshot = tuned.Snapshot();
  tuned.Step(2);
  Solver resumed(source, Context(), options);
  resumed.Step(2);
  EXPECT_EQ(Weights(&resumed.net(), "fc2"), Weights(&tuned.net(), "fc2"));
}

TEST_F(FineTuningTest, FrozenBatchNormKeepsItsStatistics) {
  std::string net = kRandomNet;
  net.insert(
      net.find("layer { name: \"drop\""),
      "layer { name: 'bn' type: 'BatchNorm' bottom: 'fc1' top: 'fc1' } ");
  Solver base(Source("", net));
  base.Step(1);
  base.Snapshot();
  Solver::Options options;
  options.fine_tuning = TrainFc2();
  Solver tuned(Source("weights: '" + WeightsFile(Path("run"), 1) + "'", net),
               Context(), options);
  tuned.Step(2);
  EXPECT_EQ(Weights(&tuned.net(), "bn"), Weights(&base.net(), "bn"));
}

TEST_F(FineTuningTest, TellsTheTimeThatItSaves) {
  LogLines log;
  TellTuning(Source("", Classifier()), TrainFc2(7), Context());
  EXPECT_EQ(log.lines()[0],
            "training fc2 only; fc2 starts afresh with 7 classes");
  EXPECT_EQ(log.With("ms forward and backward: what lies below").size(), 1u);
}

TEST_F(FineTuningTest, LayersThatDoNotExistAreTold) {
  Solver::Options options;
  options.fine_tuning = {{"fc3"}, 0};
  EXPECT_EQ(ErrorOf(Source("", kRandomNet), options),
            "the net has no layer \"fc3\" with parameters to train; did you "
            "mean \"fc1\"?");
}

}  // namespace
}  // namespace doppio
