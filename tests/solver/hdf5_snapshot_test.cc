#include "io/file.h"
#include "io/hdf5.h"
#include "solver/snapshot.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

using Hdf5SnapshotTest = SolverTest;

constexpr char kText[] =
    "type: 'Adam' momentum: 0.9 base_lr: 0.01 lr_policy: 'step' stepsize: 2 "
    "gamma: 0.5 average_loss: 3 max_iter: 6 snapshot_format: HDF5 ";

TEST_F(Hdf5SnapshotTest, GoesOnByteForByte) {
  Solver straight(Source(kText, kRandomNet));
  straight.Solve();
  const std::string file = WeightsFile(Path("run"), 6, SolverParameter::HDF5);
  const std::string expected = ReadFile(file);

  Solver first(Source(kText, kRandomNet));
  first.Step(4);
  Solver::Options options;
  options.snapshot = first.Snapshot();
  EXPECT_EQ(options.snapshot, Path("run_iter_4.solverstate.h5"));
  Solver second(Source(kText, kRandomNet), Context(), options);
  EXPECT_EQ(second.iteration(), 4);
  EXPECT_EQ(second.loss(), first.loss());
  second.Solve();
  EXPECT_TRUE(ReadFile(file) == expected);
  EXPECT_EQ(NewestSnapshot(Path("run"), 100, false),
            Path("run_iter_6.solverstate.h5"));
}

TEST_F(Hdf5SnapshotTest, IsLaidOutAsCaffesIs) {
  Solver solver(Source(kText));
  solver.Step(3);
  const auto state = OpenHdf5(solver.Snapshot());
  EXPECT_EQ(state->ReadInteger("iter"), 3);
  EXPECT_EQ(state->ReadInteger("current_step"), 1);
  EXPECT_EQ(state->ReadText("learned_net"), Path("run_iter_3.caffemodel.h5"));
  // Adam remembers two numbers per number learned.
  EXPECT_EQ(state->DataSets("history"), std::vector<std::string>({"0", "1"}));
  EXPECT_EQ(OpenHdf5(Path("run_iter_3.caffemodel.h5"))->Read("data/w/0").values,
            Weights(&solver.net(), "w"));
}

}  // namespace
}  // namespace doppio
