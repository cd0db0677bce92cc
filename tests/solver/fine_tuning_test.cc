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

}  // namespace
}  // namespace doppio
