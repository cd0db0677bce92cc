#include "solver/snapshot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "doppio/error.h"
#include "io/binary_proto.h"
#include "io/file.h"
#include "io/weights.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

namespace fs = std::filesystem;

using SnapshotTest = SolverTest;

std::string Prefix(const std::string& given, const std::string& file) {
  SolverSource source;
  source.file = file;
  if (!given.empty()) source.solver.set_snapshot_prefix(given);
  return SnapshotPrefix(source);
}

TEST_F(SnapshotTest, PrefixIsAsGivenOrTheSolverFilesName) {
  EXPECT_EQ(Prefix("some/lenet", "models/x.prototxt"), "some/lenet");
  EXPECT_EQ(Prefix("", "models/solver.prototxt"), "models/solver");
  EXPECT_EQ(Prefix("out/", "models/solver.prototxt"), "out/solver");
  EXPECT_EQ(Prefix(folder_, "models/solver.prototxt"), Path("solver"));
}

TEST_F(SnapshotTest, FilesAreNamedAsCaffeNamesThem) {
  EXPECT_EQ(WeightsFile("a/b", 500), "a/b_iter_500.caffemodel");
  EXPECT_EQ(StateFile("a/b", 500), "a/b_iter_500.solverstate");
  EXPECT_EQ(StateFile("a/b", 500, SolverParameter::HDF5),
            "a/b_iter_500.solverstate.h5");
}

// Trains with everything that draws random numbers; `steps` iterations, then a
// snapshot. Returns the bytes of its two files.
struct Files {
  std::string weights, state;
};
Files FilesOf(const std::string& prefix, int iteration) {
  return {ReadFile(WeightsFile(prefix, iteration)),
          ReadFile(StateFile(prefix, iteration))};
}

std::string Text(const std::string& type) {
  return "type: '" + type +
         "' base_lr: 0.01 lr_policy: 'exp' gamma: 0.9 average_loss: 3 "
         "iter_size: 2 weight_decay: 0.001 clip_gradients: 1 test_iter: 2 "
         "test_interval: 3 max_iter: 10 snapshot_after_train: true " +
         (type == "SGD" || type == "Nesterov" ? "momentum: 0.9 " : "");
}

TEST_F(SnapshotTest, GoesOnByteForByte) {
  for (const std::string type :
       {"SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam", "AdamW"}) {
    Solver straight(Source(Text(type), kRandomNet));
    straight.Solve();
    const Files expected = FilesOf(Path("run"), 10);

    for (const int k : {3, 7}) {
      Solver first(Source(Text(type), kRandomNet));
      first.Step(k);
      Solver::Options options;
      options.snapshot = first.Snapshot();
      first.Step(1);  // what it goes on to do is of no account
      Solver second(Source(Text(type), kRandomNet), Context(), options);
      EXPECT_EQ(second.iteration(), k);
      second.Solve();
      const Files files = FilesOf(Path("run"), 10);
      EXPECT_TRUE(files.weights == expected.weights) << type << " " << k;
      EXPECT_TRUE(files.state == expected.state) << type << " " << k;
    }
  }
}

// Sequences that never end, so that every batch needs the states of the last.
constexpr char kEndlessNet[] = R"(
layer { name: "data" type: "DummyData" top: "x" top: "cont" top: "wanted"
  dummy_data_param {
    shape { dim: 3 dim: 2 dim: 4 } data_filler { type: "gaussian" }
    shape { dim: 3 dim: 2 } data_filler { type: "constant" value: 1 }
    shape { dim: 3 dim: 2 dim: 5 } data_filler { type: "gaussian" } } }
layer { name: "lstm" type: "LSTM" bottom: "x" bottom: "cont" top: "h"
  recurrent_param { num_output: 5
    weight_filler { type: "uniform" min: -0.5 max: 0.5 }
    bias_filler { type: "constant" value: 1 } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "h" bottom: "wanted" top: "l" }
)";

TEST_F(SnapshotTest, KeepsTheStatesOfSequencesThatGoOn) {
  const SolverSource source = Source(Text("SGD"), kEndlessNet);
  Solver straight(source);
  straight.Solve();
  const Files expected = FilesOf(Path("run"), 10);

  Solver first(source);
  first.Step(4);
  Solver::Options options;
  options.snapshot = first.Snapshot();
  first.Step(1);
  Solver second(source, Context(), options);
  second.Solve();
  const Files files = FilesOf(Path("run"), 10);
  EXPECT_TRUE(files.weights == expected.weights);
  EXPECT_TRUE(files.state == expected.state);
}

TEST_F(SnapshotTest, GoesBackWithinTheSameSolver) {
  Solver solver(Source(Text("SGD"), kRandomNet));
  solver.Step(4);
  const std::string snapshot = solver.Snapshot();
  solver.Step(6);
  const std::vector<float> ahead = Weights(&solver.net(), "fc1");
  solver.Restore(snapshot);
  EXPECT_EQ(solver.iteration(), 4);
  solver.Step(6);
  EXPECT_EQ(Weights(&solver.net(), "fc1"), ahead);
}

TEST_F(SnapshotTest, BringsItsSeed) {
  Solver first(Source("random_seed: 5 " + Text("SGD"), kRandomNet));
  Solver::Options options;
  options.snapshot = first.Snapshot();
  Solver second(Source("random_seed: 6 " + Text("SGD"), kRandomNet), Context(),
                options);
  EXPECT_EQ(second.seed(), 5u);
  first.Step(3);
  second.Step(3);
  EXPECT_EQ(Weights(&first.net(), "fc1"), Weights(&second.net(), "fc1"));
}

TEST_F(SnapshotTest, StoresGradientsIfAsked) {
  Solver solver(Source("snapshot_diff: true"));
  solver.Step(1);
  solver.Snapshot();
  const NetParameter weights = ReadWeights(WeightsFile(Path("run"), 1));
  ASSERT_EQ(weights.layer_size(), 3);
  EXPECT_EQ(weights.layer(1).blobs(0).diff(0), -2);
}

TEST_F(SnapshotTest, MayBeMovedAsAWhole) {
  Solver solver(Source(""));
  solver.Step(1);
  solver.Snapshot();
  fs::create_directory(Path("moved"));
  for (const char* end : {".caffemodel", ".solverstate"}) {
    const std::string name = std::string("run_iter_1") + end;
    fs::rename(Path(name), Path("moved/" + name));
  }
  solver.Restore(Path("moved/run_iter_1.solverstate"));
  EXPECT_EQ(solver.iteration(), 1);
}

// Snapshots of iterations 1, 2, 3 of the net with one weight.
class DamagedSnapshotTest : public SolverTest {
 protected:
  void SetUp() override {
    SolverTest::SetUp();
    Solver solver(Source("snapshot: 1"));
    solver.Step(3);
  }

  void CutInHalf(const std::string& file) const {
    fs::resize_file(Path(file), fs::file_size(Path(file)) / 2);
  }

  std::string RestoreError(const std::string& text = "",
                           const std::string& net = kOneWeight) const {
    Solver::Options options;
    options.snapshot = Path("run_iter_3.solverstate");
    return ErrorOf(Source(text + " max_iter: 3", net), options);
  }

  std::string Newest() const { return NewestSnapshot(Source("")); }
};

TEST_F(DamagedSnapshotTest, NewestIsTheOneOfTheHighestIteration) {
  EXPECT_EQ(Newest(), Path("run_iter_3.solverstate"));
  EXPECT_EQ(NewestSnapshot(Path("run"), 3, false),
            Path("run_iter_2.solverstate"));
  EXPECT_EQ(NewestSnapshot(Source("snapshot_prefix: '" + Path("other") + "'")),
            "");
}

TEST_F(DamagedSnapshotTest, NewestPassesOverWhatIsCutShort) {
  CutInHalf("run_iter_3.caffemodel");
  CutInHalf("run_iter_2.solverstate");
  LogLines log;
  EXPECT_EQ(Newest(), Path("run_iter_1.solverstate"));
  EXPECT_EQ(log.With("passed over: ").size(), 2u);
}

TEST_F(DamagedSnapshotTest, NewestPassesOverAStateWithoutItsWeights) {
  fs::remove(Path("run_iter_3.caffemodel"));
  LogLines log;
  EXPECT_EQ(Newest(), Path("run_iter_2.solverstate"));
  EXPECT_EQ(log.lines(),
            (std::vector<std::string>{
                "passed over: snapshot " + Path("run_iter_3.solverstate") +
                " belongs to the model file " + Path("run_iter_3.caffemodel") +
                ", which is neither there nor beside it"}));
}

TEST_F(DamagedSnapshotTest, NewestDoesNotCareForWeightsWithoutAState) {
  fs::remove(Path("run_iter_3.solverstate"));
  LogLines log;
  EXPECT_EQ(Newest(), Path("run_iter_2.solverstate"));
  EXPECT_TRUE(log.lines().empty());
}

TEST_F(DamagedSnapshotTest, ErrorsNameTheOneBefore) {
  CutInHalf("run_iter_3.solverstate");
  const std::string error = RestoreError();
  EXPECT_NE(error.find(Path("run_iter_3.solverstate") + " is cut short"),
            std::string::npos)
      << error;
  EXPECT_NE(
      error.find("; the one before it is " + Path("run_iter_2.solverstate")),
      std::string::npos)
      << error;
}

// Whatever the length, a state that was cut is refused, unless all that is
// missing is less than one of Caffe's would have.
TEST_F(DamagedSnapshotTest, IsRefusedWhereverItIsCut) {
  const std::string state = ReadFile(Path("run_iter_3.solverstate"));
  int accepted = 0;
  for (size_t bytes = 0; bytes < state.size(); ++bytes) {
    std::ofstream(Path("run_iter_3.solverstate")) << state.substr(0, bytes);
    if (RestoreError() == "no Error") ++accepted;
  }
  // Cut just where our own fields begin, it is one of Caffe's.
  EXPECT_LE(accepted, 2);
}

TEST_F(DamagedSnapshotTest, IsRefusedIfItsWeightsWereReplaced) {
  fs::copy_file(Path("run_iter_2.caffemodel"), Path("run_iter_3.caffemodel"),
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(RestoreError(),
            "weights " + Path("run_iter_3.caffemodel") +
                " do not belong to snapshot " + Path("run_iter_3.solverstate") +
                ": their checksum differs, so one of the files was damaged or "
                "replaced; the one before it is " +
                Path("run_iter_2.solverstate"));
}

TEST_F(DamagedSnapshotTest, IsRefusedByAnotherType) {
  EXPECT_EQ(RestoreError("type: 'Adam'"),
            "snapshot " + Path("run_iter_3.solverstate") +
                " was made by solver type \"SGD\", but solver.prototxt says "
                "\"Adam\"");
}

TEST_F(DamagedSnapshotTest, IsRefusedByAnotherNet) {
  const std::string start = "snapshot " + Path("run_iter_3.solverstate") +
                            " was made with another net: ";
  const std::string net = kOneWeight;

  std::string with_bias = net;
  with_bias.replace(with_bias.find("bias_term: false"), 16, "");
  EXPECT_EQ(RestoreError("", with_bias),
            start + "parameter 1 of layer \"w\" is 1 here and missing there");

  std::string renamed = net;
  renamed.replace(renamed.find("name: \"w\""), 9, "name: \"v\"");
  EXPECT_EQ(RestoreError("", renamed),
            start + "parameter 0 of layer \"v\" is 1x1 here and missing there");

  std::string wider = net;
  wider.replace(wider.find("dim: 1 dim: 1"), 13, "dim: 1 dim: 2");
  wider.replace(wider.find("num_output: 1"), 13, "num_output: 2");
  EXPECT_EQ(RestoreError("", wider),
            start + "parameter 0 of layer \"w\" is 2x2 here and 1x1 there");
}

TEST_F(DamagedSnapshotTest, IsRefusedWithoutItsHistory) {
  const std::string file = Path("run_iter_3.solverstate");
  SolverState state;
  ReadBinaryProto(file, &state, "snapshot");
  SolverState none = state;
  none.clear_history();
  WriteBinaryProto(file, none);
  EXPECT_EQ(RestoreError(), "snapshot " + file +
                                ": it holds 0 arrays of history, but type "
                                "\"SGD\" has 1 for this net");
  state.mutable_history(0)->mutable_shape()->set_dim(0, 2);
  state.mutable_history(0)->add_data(0);
  WriteBinaryProto(file, state);
  EXPECT_EQ(RestoreError(), "snapshot " + file +
                                ": its history 0 is 2x1, but parameter 0 of "
                                "layer \"w\" is 1x1");
}

TEST_F(DamagedSnapshotTest, IsRefusedIfItIsSomethingElse) {
  fs::copy_file(Path("run_iter_3.caffemodel"), Path("run_iter_3.solverstate"),
                fs::copy_options::overwrite_existing);
  EXPECT_NE(RestoreError(), "no Error");
}

}  // namespace
}  // namespace doppio
