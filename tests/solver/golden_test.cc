// Training runs recorded with Caffe; see tests/golden/solvers/README.md.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "doppio/solver.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "io/weights.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

const std::string kFolder = DOPPIO_SOURCE_DIR "/tests/golden/solvers/";

struct Trajectory {
  std::string solver;
  std::map<std::string, std::vector<float>> arrays;
};

std::map<std::string, Trajectory> ReadTrajectories() {
  std::map<std::string, Trajectory> cases;
  std::ifstream file(kFolder + "trajectories.txt");
  std::string name;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "case") {
      words >> name;
    } else if (key == "solver") {
      std::getline(words, cases[name].solver);
    } else {
      for (float value; words >> value;) {
        cases[name].arrays[key].push_back(value);
      }
    }
  }
  return cases;
}

const std::map<std::string, Trajectory>& Trajectories() {
  static const auto trajectories = ReadTrajectories();
  return trajectories;
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : Trajectories()) names.push_back(entry.first);
  return names;
}

Solver MakeSolver(const std::string& text, Solver::Options options = {}) {
  const std::string common =
      " max_iter: 10 snapshot_after_train: false random_seed: 1"
      " net: 'net.prototxt'";
  SolverSource source = ParseSolver(text + common, kFolder + "solver.prototxt");
  source.solver.add_weights(kFolder + "init.caffemodel");
  return Solver(source, Context(), options);
}

void ExpectNear(const std::vector<float>& a, const std::vector<float>& b,
                const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], 1e-5 + 1e-4 * std::abs(b[i])) << what << " " << i;
  }
}

class GoldenTest : public testing::TestWithParam<std::string> {
 protected:
  const Trajectory& golden() const { return Trajectories().at(GetParam()); }

  void ExpectParameters(Solver* solver) const {
    const std::string at = "iter" + std::to_string(solver->iteration()) + "/";
    for (const std::string layer : {"ip1", "ip2"}) {
      for (int k = 0; k < 2; ++k) {
        const std::string name = at + layer + "/" + std::to_string(k);
        const auto found = golden().arrays.find(name);
        if (found == golden().arrays.end()) continue;
        ExpectNear(Weights(&solver->net(), layer, k), found->second, name);
      }
    }
  }

  void ExpectTrajectory(Solver::Options options) const {
    Solver solver = MakeSolver(golden().solver, options);
    std::vector<float> losses, rates;
    for (int i = 0; i < 10; ++i) {
      rates.push_back(solver.learning_rate());
      solver.Step(1);
      losses.push_back(solver.loss());
      ExpectParameters(&solver);
    }
    ExpectNear(losses, golden().arrays.at("loss"), "loss");
    ExpectNear(rates, golden().arrays.at("lr"), "lr");
  }
};

TEST_P(GoldenTest, TakesCaffesSteps) { ExpectTrajectory({}); }

TEST_P(GoldenTest, TakesCaffesStepsInMemoryThatIsReused) {
  Solver::Options options;
  options.reuse_memory = true;
  ExpectTrajectory(options);
}

INSTANTIATE_TEST_SUITE_P(Solvers, GoldenTest, testing::ValuesIn(CaseNames()),
                         [](const auto& info) { return info.param; });

// Snapshots that Caffe wrote after the tenth iteration.
class CaffeSnapshotTest : public GoldenTest {};

TEST_P(CaffeSnapshotTest, IsWhereWeAreAfterTenIterations) {
  const std::string file =
      kFolder + "snapshots/" + GetParam() + "/snap_iter_10";
  SolverState caffes;
  ReadBinaryProto(file + ".solverstate", &caffes, "snapshot");

  const std::string folder = testing::TempDir() + "/";
  Solver trained = MakeSolver(golden().solver + " snapshot_prefix: '" + folder +
                              GetParam() + "'");
  trained.Step(10);
  SolverState ours;
  ReadBinaryProto(trained.Snapshot(), &ours, "snapshot");

  EXPECT_EQ(ours.iter(), caffes.iter());
  EXPECT_EQ(ours.current_step(), caffes.current_step());
  ASSERT_EQ(ours.history_size(), caffes.history_size());
  for (int i = 0; i < ours.history_size(); ++i) {
    EXPECT_EQ(ShapeOf(ours.history(i)), ShapeOf(caffes.history(i)));
    ExpectNear(ValuesOf(ours.history(i)), ValuesOf(caffes.history(i)),
               "history " + std::to_string(i));
  }
}

TEST_P(CaffeSnapshotTest, CanBeGoneOnFrom) {
  Solver::Options options;
  options.snapshot =
      kFolder + "snapshots/" + GetParam() + "/snap_iter_10.solverstate";
  Solver restored = MakeSolver(golden().solver, options);
  EXPECT_EQ(restored.iteration(), 10);
  ExpectParameters(&restored);

  // Five more iterations lead where fifteen in a row do.
  Solver trained = MakeSolver(golden().solver);
  trained.Step(15);
  restored.Step(5);
  for (const std::string layer : {"ip1", "ip2"}) {
    for (int k = 0; k < 2; ++k) {
      ExpectNear(Weights(&restored.net(), layer, k),
                 Weights(&trained.net(), layer, k), layer);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Snapshots, CaffeSnapshotTest,
                         testing::Values("SGD_l2decay", "Nesterov_multistep",
                                         "AdaGrad_step", "RMSProp_l1decay",
                                         "AdaDelta_fixed", "Adam_l2decay"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace doppio
