#include "doppio/solver.h"

#include <gtest/gtest.h>

#include <limits>

#include "doppio/error.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

using Vector = std::vector<float>;

float TheWeight(Solver* solver) { return Weights(&solver->net(), "w")[0]; }

TEST_F(SolverTest, StepsDownTheGradient) {
  Solver solver(Source(""));
  solver.Step(1);  // gradient -2, rate 0.5
  EXPECT_EQ(TheWeight(&solver), 2);
  EXPECT_EQ(solver.loss(), 2);
  solver.Step(1);
  EXPECT_EQ(TheWeight(&solver), 2.5);
  EXPECT_EQ(solver.iteration(), 2);
}

TEST_F(SolverTest, IterSizeAveragesItsBatches) {
  Solver solver(Source("iter_size: 4"));
  solver.Step(1);
  EXPECT_EQ(TheWeight(&solver), 2);
  EXPECT_EQ(solver.loss(), 2);
}

TEST_F(SolverTest, ClipsTheGradientToItsNorm) {
  Solver solver(Source("clip_gradients: 1"));
  solver.Step(1);
  EXPECT_EQ(TheWeight(&solver), 1.5);
}

// As in Caffe, which sums two gradients of -2 and clips the sum before halving.
TEST_F(SolverTest, ClipsTheSumOverIterSize) {
  Solver solver(Source("clip_gradients: 1 iter_size: 2"));
  solver.Step(1);
  EXPECT_EQ(TheWeight(&solver), 1.25);
}

std::string WithParam(const std::string& param) {
  std::string net = kOneWeight;
  return net.insert(net.find("inner_product_param"),
                    "param { " + param + " } ");
}

TEST_F(SolverTest, MultipliesRateAndDecayPerParameter) {
  Solver decayed(Source("weight_decay: 0.5"));
  decayed.Step(1);  // gradient -2 + 0.5 * 1
  EXPECT_EQ(TheWeight(&decayed), 1.75);

  Solver multiplied(
      Source("weight_decay: 0.5", WithParam("lr_mult: 0.5 decay_mult: 2")));
  multiplied.Step(1);  // half the rate, gradient -2 + 1
  EXPECT_EQ(TheWeight(&multiplied), 1.25);
}

TEST_F(SolverTest, DecaysBySignWithL1) {
  Solver solver(Source("weight_decay: 0.5 regularization_type: 'L1'"));
  solver.Step(2);  // gradients -2 + 0.5, then -1.25 + 0.5
  EXPECT_EQ(TheWeight(&solver), 2.125);
}

TEST_F(SolverTest, LeavesFrozenParametersAlone) {
  Solver solver(Source("weight_decay: 0.5", WithParam("lr_mult: 0")));
  solver.Step(3);
  EXPECT_EQ(TheWeight(&solver), 1);
}

// As in Caffe.
TEST_F(SolverTest, DecaysParametersThatNoLossDependsOn) {
  Solver solver(Source("weight_decay: 0.5", std::string(kOneWeight) + R"(
      layer { name: "aside" type: "InnerProduct" bottom: "x" top: "aside"
        inner_product_param { num_output: 1 bias_term: false
          weight_filler { type: "constant" value: 4 } } })"));
  solver.Step(1);
  EXPECT_EQ(Weights(&solver.net(), "aside"), Vector({3}));
}

TEST_F(SolverTest, ShowsTheMeanOfTheLatestLosses) {
  Solver solver(Source("average_loss: 2"));
  solver.Step(3);  // losses 2, 0.5, 0.125
  EXPECT_EQ(solver.loss(), (0.5f + 0.125f) / 2);
}

TEST_F(SolverTest, TellsItsProgressInOneLinePerDisplay) {
  LogLines log;
  Solver solver(Source("display: 2 max_iter: 4"));
  solver.Solve();
  const std::vector<std::string> lines = log.With("iteration ");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "iteration 0/4  loss 2.0000  lr 0.5");
  EXPECT_EQ(lines[1].find("iteration 2/4  loss 0.1250  lr 0.5  "), 0u);
  EXPECT_NE(lines[1].find(" images/s  ETA "), std::string::npos);
  // The loss that the last update has led to.
  EXPECT_EQ(lines[2].find("iteration 4/4  loss 0.0078  lr 0.5  "), 0u);
}

TEST_F(SolverTest, TestsBeforeTheIterationsThatTheIntervalDivides) {
  LogLines log;
  Solver solver(Source("test_iter: 3 test_interval: 2 max_iter: 4"));
  solver.Solve();
  EXPECT_EQ(log.With("test net"), (std::vector<std::string>{
                                      "test net 0 at iteration 0: loss 2.0000",
                                      "test net 0 at iteration 2: loss 0.1250",
                                      "test net 0 at iteration 4: loss 0.0078",
                                  }));
}

TEST_F(SolverTest, CanLeaveOutTheFirstTest) {
  LogLines log;
  Solver solver(
      Source("test_iter: 1 test_interval: 2 max_iter: 3 "
             "test_initialization: false test_compute_loss: true"));
  solver.Solve();
  EXPECT_EQ(log.With("test net"),
            (std::vector<std::string>{
                "test net 0 at iteration 2: loss 0.1250, total loss 0.1250"}));
}

TEST_F(SolverTest, TestNetsSeeTheTrainedWeights) {
  Solver solver(
      Source("test_iter: 1 test_iter: 2 test_interval: 100 "
             "test_initialization: false"));
  solver.Step(1);
  const std::vector<Evaluation> results = solver.Test();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].scores[0].values, Vector({0.5}));
  EXPECT_EQ(results[1].loss, 0.5);
}

TEST_F(SolverTest, SnapshotsOnTheWayAndAtTheEnd) {
  Solver solver(Source("snapshot: 2 max_iter: 5"));
  solver.Solve();
  EXPECT_TRUE(Exists("run_iter_2.caffemodel"));
  EXPECT_TRUE(Exists("run_iter_2.solverstate"));
  EXPECT_TRUE(Exists("run_iter_4.solverstate"));
  EXPECT_TRUE(Exists("run_iter_5.solverstate"));
  EXPECT_FALSE(Exists("run_iter_1.solverstate"));
}

TEST_F(SolverTest, LeavesOutTheLastSnapshotIfToldSo) {
  Solver solver(Source("max_iter: 3 snapshot_after_train: false"));
  solver.Solve();
  EXPECT_FALSE(Exists("run_iter_3.solverstate"));
}

// Answers with `action` the first time it is asked at or after `iteration`.
Solver::Options Asking(Solver::Action action, int times) {
  Solver::Options options;
  auto count = std::make_shared<int>(0);
  options.action = [=] {
    return ++*count == times ? action : Solver::Action::kNone;
  };
  return options;
}

TEST_F(SolverTest, SnapshotsAndStopsWhenAsked) {
  Solver solver(Source("max_iter: 9 snapshot_after_train: false"), Context(),
                Asking(Solver::Action::kStop, 3));
  solver.Solve();
  EXPECT_TRUE(solver.stopped());
  EXPECT_EQ(solver.iteration(), 3);
  EXPECT_TRUE(Exists("run_iter_3.solverstate"));
}

TEST_F(SolverTest, SnapshotsAndGoesOnWhenAsked) {
  Solver solver(Source("max_iter: 9"), Context(),
                Asking(Solver::Action::kSnapshot, 3));
  solver.Solve();
  EXPECT_FALSE(solver.stopped());
  EXPECT_EQ(solver.iteration(), 9);
  EXPECT_TRUE(Exists("run_iter_3.solverstate"));
}

TEST_F(SolverTest, StopsInTheMiddleOfATestToo) {
  // Asked 4 times before the batches of the test, once after iteration 0; the
  // seventh time is within the test at iteration 1.
  Solver solver(Source("test_iter: 4 test_interval: 1 max_iter: 9"), Context(),
                Asking(Solver::Action::kStop, 7));
  solver.Solve();
  EXPECT_TRUE(solver.stopped());
  EXPECT_EQ(solver.iteration(), 1);
  EXPECT_TRUE(Exists("run_iter_1.solverstate"));
}

TEST_F(SolverTest, StopsBeforeTheFirstIterationToo) {
  Solver solver(Source("test_iter: 4 test_interval: 1 max_iter: 9"), Context(),
                Asking(Solver::Action::kStop, 1));
  solver.Solve();
  EXPECT_EQ(solver.iteration(), 0);
  EXPECT_TRUE(Exists("run_iter_0.solverstate"));
}

TEST_F(SolverTest, DrawsASeedOfItsOwnWhereNoneIsGiven) {
  const std::string drawn = "random_seed: -1 snapshot_prefix: '" + Path("a");
  LogLines log;
  const Solver a(Source(drawn + "'")), b(Source(drawn + "'"));
  EXPECT_NE(a.seed(), b.seed());
  EXPECT_EQ(log.With("random_seed: " + std::to_string(a.seed())).size(), 1u);
  EXPECT_EQ(Solver(Source("random_seed: 12")).seed(), 12u);
}

TEST_F(SolverTest, StopsAtALossThatIsNotFiniteAndSaysWhereItBegan) {
  const std::string error =
      ErrorOf(Source("max_iter: 20 base_lr: 1e30 lr_policy: 'fixed' "
                     "snapshot_after_train: false"));
  EXPECT_NE(error.find(": the loss is "), std::string::npos) << error;
  EXPECT_NE(error.find("the first values that are not finite are in "),
            std::string::npos);
  EXPECT_NE(error.find("layer \"loss\" (EuclideanLoss)"), std::string::npos)
      << error;
}

TEST_F(SolverTest, NamesAParameterThatIsNotFinite) {
  std::string net = kOneWeight;
  net.replace(net.find("value: 1 } } }"), 8, "value: nan");
  EXPECT_EQ(ErrorOf(Source("max_iter: 2", net)),
            "iteration 0: the loss is nan; the first values that are not "
            "finite are in parameter 0 of solver.prototxt: layer \"w\" "
            "(InnerProduct); a lower base_lr may help, or a look at the data");
}

TEST_F(SolverTest, GoesOnWithALossThatIsNotFiniteIfToldSo) {
  LogLines log;
  Solver::Options options;
  options.stop_at_nan = false;
  Solver solver(Source("max_iter: 20 base_lr: 1e30 lr_policy: 'fixed'"),
                Context(), options);
  solver.Solve();
  EXPECT_EQ(solver.iteration(), 20);
  EXPECT_EQ(log.With("the loss is ").size(), 1u);
}

TEST_F(SolverTest, RefusesAFolderThatIsNotThere) {
  const std::string prefix = Path("missing/run");
  EXPECT_EQ(ErrorOf(Source("snapshot_prefix: '" + prefix + "'")),
            "snapshots " + prefix +
                "_iter_N cannot be written: there is no "
                "folder " +
                Path("missing") +
                "; make it, or change "
                "snapshot_prefix");
}

TEST_F(SolverTest, RefusesAFolderThatCannotBeWritten) {
  // Not even root can make a file there.
  const std::string error =
      ErrorOf(Source("snapshot_prefix: '/proc/self/run'"));
  EXPECT_EQ(error.find("snapshots /proc/self/run_iter_N cannot be written: "),
            0u)
      << error;
}

TEST_F(SolverTest, WarnsOfWhatItDoesOtherwiseThanCaffe) {
  LogLines log;
  Solver solver(Source("solver_mode: GPU"));
  EXPECT_EQ(log.With("solver_mode is GPU").size(), 1u);
}

TEST_F(SolverTest, FallsToNothingToTrain) {
  LogLines log;
  Solver solver(Source("snapshot_after_train: false"));
  solver.Solve();
  EXPECT_EQ(log.With("nothing to train: max_iter is 0").size(), 1u);
}

}  // namespace
}  // namespace doppio
