#include "solver/plateau.h"

#include <cmath>
#include <limits>

#include "doppio/error.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

using PlateauTest = SolverTest;

SolverParameter Param(const std::string& fields) {
  return ParseSolver("net: 'n' base_lr: 1 lr_policy: 'plateau' " + fields, "s")
      .solver;
}

// The number of reductions after each of these tests.
std::vector<int> Reductions(const SolverParameter& param,
                            const std::vector<float>& values,
                            bool higher = false) {
  std::vector<int> reductions;
  PlateauState state;
  for (size_t i = 0; i < values.size(); ++i) {
    state = After(param, state, higher, values[i], i);
    reductions.push_back(state.reductions());
  }
  return reductions;
}

using Counts = std::vector<int>;

TEST_F(PlateauTest, LowersTheRateAfterSoManyTestsWithoutImprovement) {
  EXPECT_EQ(Reductions(Param("patience: 2"), {5, 4, 4, 4, 4, 4}),
            Counts({0, 0, 0, 1, 1, 2}));
  EXPECT_EQ(Reductions(Param("patience: 2"), {5, 6, 7, 4, 5, 6}),
            Counts({0, 0, 1, 1, 1, 2}));
}

TEST_F(PlateauTest, KnowsWhichValuesAreGood) {
  EXPECT_EQ(Reductions(Param("patience: 1"), {5, 6, 7}, true),
            Counts({0, 0, 0}));
  EXPECT_EQ(Reductions(Param("patience: 1"), {5, 6, 7}, false),
            Counts({0, 1, 2}));
}

// 4.5 is not better than 5 by more than 0.5.
TEST_F(PlateauTest, SmallGainsDoNotCount) {
  EXPECT_EQ(Reductions(Param("patience: 1 min_delta: 0.5"), {5, 4.5, 4.25}),
            Counts({0, 1, 1}));
}

TEST_F(PlateauTest, TestsDuringTheCooldownDoNotCount) {
  EXPECT_EQ(Reductions(Param("patience: 1 cooldown: 2"), {5, 5, 5, 5, 5}),
            Counts({0, 1, 1, 1, 2}));
}

TEST_F(PlateauTest, ValuesThatAreNotFiniteNeverImprove) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(Reductions(Param("patience: 2"), {nan, nan, 3, nan, nan}),
            Counts({0, 1, 1, 1, 2}));
}

TEST_F(PlateauTest, TheRateStopsFallingAtMinLr) {
  EXPECT_EQ(Reductions(Param("patience: 1 min_lr: 0.01"), {5, 5, 5, 5, 5}),
            Counts({0, 1, 2, 2, 2}));
}

TEST_F(PlateauTest, ATestMadeAgainDoesNotCountTwice) {
  const SolverParameter param = Param("patience: 2");
  PlateauState state = After(param, {}, false, 5, 0);
  state = After(param, state, false, 5, 10);
  state = After(param, state, false, 5, 10);
  EXPECT_EQ(state.waited(), 1);
}

// The weight of kOneWeight goes 1, 2, 2.5, ...: its loss falls in each test.
constexpr char kTests[] =
    "test_iter: 1 test_interval: 1 plateau_output: 'loss' ";

TEST_F(PlateauTest, TheSolverLowersTheRateAndSaysSo) {
  LogLines log;
  Solver solver(Source(std::string(kTests) +
                       "lr_policy: 'plateau' base_lr: 0.5 patience: 2 "
                       "min_delta: 1 max_iter: 5"));
  solver.Solve();
  // 2, 0.5, 0.125: gains of more than 1 are made at iteration 1 alone.
  EXPECT_EQ(log.With("the rate falls"),
            std::vector<std::string>(
                {"loss has not improved on 0.5000 of iteration 1 for 2 tests; "
                 "the rate falls from 0.5 to 0.05",
                 "loss has not improved on 0.5000 of iteration 1 for 2 tests; "
                 "the rate falls from 0.05 to 0.005"}));
}

TEST_F(PlateauTest, StopPatienceEndsTrainingUnderAnyPolicy) {
  LogLines log;
  Solver solver(Source(std::string(kTests) +
                       "stop_patience: 2 min_delta: 1 max_iter: 100"));
  solver.Solve();
  EXPECT_EQ(solver.iteration(), 3);
  EXPECT_EQ(log.With("training ends").size(), 1u);
  EXPECT_TRUE(Exists("run_iter_3.solverstate"));
  // Nothing is left to do for one who goes on.
  Solver::Options options;
  options.snapshot = Path("run_iter_3.solverstate");
  Solver again(Source(std::string(kTests) +
                      "stop_patience: 2 min_delta: 1 max_iter: 100"),
               Context(), options);
  again.Solve();
  EXPECT_EQ(again.iteration(), 3);
}

TEST_F(PlateauTest, KeepsTheBestParameters) {
  // Rate 2.5 takes the weight from 1 to 6 and farther away.
  Solver solver(Source(std::string(kTests) +
                       "keep_best: true lr_policy: 'fixed' base_lr: 2.5 "
                       "max_iter: 3 snapshot_after_train: false"));
  solver.Solve();
  ASSERT_TRUE(Exists("run_best.caffemodel"));
  Solver other(Source("weights: '" + Path("run_best.caffemodel") + "'"));
  EXPECT_EQ(Weights(&other.net(), "w")[0], 1);
}

TEST_F(PlateauTest, PutsTheBestOfAnEarlierRunAside) {
  const SolverSource source =
      Source(std::string(kTests) +
             "keep_best: true lr_policy: 'fixed' base_lr: 0.1 max_iter: 2 "
             "snapshot_after_train: false");
  Solver(source).Solve();
  EXPECT_FALSE(Exists("run_best.caffemodel.before"));
  Solver(source).Solve();
  EXPECT_TRUE(Exists("run_best.caffemodel.before"));
}

TEST_F(PlateauTest, KeepsTheLatestSnapshots) {
  Solver solver(Source("snapshot: 1 keep_last: 2 max_iter: 5"));
  solver.Solve();
  EXPECT_FALSE(Exists("run_iter_3.solverstate"));
  EXPECT_FALSE(Exists("run_iter_3.caffemodel"));
  EXPECT_TRUE(Exists("run_iter_4.solverstate"));
  EXPECT_TRUE(Exists("run_iter_5.caffemodel"));
}

TEST_F(PlateauTest, MistakesAreTold) {
  const std::string plateau = "lr_policy: 'plateau' base_lr: 1 ";
  const std::string test = "test_iter: 1 test_interval: 1 ";
  EXPECT_EQ(ErrorOf(Source(plateau + test)),
            "solver.prototxt: lr_policy \"plateau\" goes by an output of the "
            "test net; name it in plateau_output, e.g. \"accuracy\"");
  EXPECT_EQ(ErrorOf(Source(plateau + "plateau_output: 'loss'")),
            "solver.prototxt: lr_policy \"plateau\" goes by tests, of which "
            "there are none; test_whole_set: true or test_iter asks for them");
  EXPECT_EQ(ErrorOf(Source(plateau + test + "plateau_output: 'los'")),
            "plateau_output \"los\" is no output of the test nets; they have "
            "loss");
  EXPECT_EQ(ErrorOf(Source(plateau + "test_iter: 0 test_interval: 1 "
                                     "plateau_output: 'loss'")),
            "plateau_output \"loss\" is of test net 0, whose test_iter is 0; "
            "it takes at least 1 batch");
  const std::string output = plateau + test + "plateau_output: 'loss' ";
  EXPECT_EQ(ErrorOf(Source(output + "patience: 0")),
            "solver.prototxt: patience is 0; it takes at least 1 test to see "
            "that nothing improves");
  EXPECT_EQ(ErrorOf(Source(output + "factor: 1")),
            "solver.prototxt: factor is 1; between 0 and 1 it lowers the rate");
  EXPECT_EQ(ErrorOf(Source(output + "cooldown: -1")),
            "solver.prototxt: min_delta is 0 and cooldown -1; neither can be "
            "negative");
  EXPECT_EQ(ErrorOf(Source("keep_last: -1")),
            "solver.prototxt: keep_last is -1; 0 keeps all snapshots");
}

TEST_F(PlateauTest, AnOutputThatIsNeitherLossNorAccuracyNeedsAMode) {
  const std::string net = std::string(kOneWeight) + R"(
      layer { name: "aside" type: "Reduction" bottom: "y" top: "sum" })";
  const std::string watch =
      "test_iter: 1 test_interval: 1 keep_best: true plateau_output: 'sum' "
      "max_iter: 1 ";
  EXPECT_EQ(ErrorOf(Source(watch, net)),
            "plateau_output \"sum\" is neither an accuracy nor a loss; "
            "plateau_mode: HIGHER or LOWER says which of its values are good");
  EXPECT_EQ(ErrorOf(Source(watch + "plateau_mode: HIGHER", net)), "no Error");
}

}  // namespace
}  // namespace doppio
