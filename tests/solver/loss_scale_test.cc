#include "solver/solver_fixture.h"

namespace doppio {
namespace {

using LossScaleTest = SolverTest;

TEST_F(LossScaleTest, UpdatesSeeTheTrueGradients) {
  const auto moved = [&](const std::string& text) {
    Solver solver(
        Source("momentum: 0.9 weight_decay: 0.01 clip_gradients: 1 "
               "random_seed: 1 iter_size: 2 " +
                   text,
               kRandomNet));
    solver.Step(5);
    return Weights(&solver.net(), "fc1");
  };
  const std::vector<float> expected = moved("");
  EXPECT_EQ(moved("loss_scale: 4096"), expected);
  EXPECT_EQ(moved("loss_scale: 0.5"), expected);
}

float Gradient(Solver* solver) {
  solver->net().Forward();
  solver->net().Backward();
  return solver->net().layer("w")->params()[0].blob.diff.ToVector()[0];
}

TEST_F(LossScaleTest, GradientsOnTheirWayAreMultiplied) {
  Solver solver(Source("loss_scale: 8"));
  EXPECT_EQ(Gradient(&solver), -16);
}

TEST_F(LossScaleTest, ForHalfPrecisionIs1024UnlessGiven) {
  Solver of_solver(Source("precision: FP16"));
  EXPECT_EQ(Gradient(&of_solver), -2048);
  Solver of_net(Source("", std::string("precision: FP16 ") + kOneWeight));
  EXPECT_EQ(Gradient(&of_net), -2048);
  Solver given(Source("precision: FP16 loss_scale: 2"));
  EXPECT_EQ(Gradient(&given), -4);
  Solver bf16(Source("precision: BF16"));
  EXPECT_EQ(Gradient(&bf16), -2);
}

TEST_F(LossScaleTest, UpdatesByWhatIsNotFiniteAreLeftOut) {
  const LogLines log;
  Solver solver(Source("loss_scale: 3e38 momentum: 0.9 weight_decay: 0.1"));
  solver.Step(2);
  EXPECT_EQ(solver.iteration(), 2);
  EXPECT_EQ(Weights(&solver.net(), "w")[0], 1);
  EXPECT_EQ(log.With("iteration 1: a gradient, multiplied by loss_scale 3e+38, "
                     "is not finite; this update is left out")
                .size(),
            1u);
}

}  // namespace
}  // namespace doppio
