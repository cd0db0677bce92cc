#include "solver/epochs.h"

#include "data/data_test.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// Ten images of one pixel; image i has the value i and the label i.
class EpochsTest : public SolverTest {
 protected:
  void SetUp() override {
    SolverTest::SetUp();
    std::vector<Datum> datums;
    for (int i = 0; i < 10; ++i) datums.push_back(RawDatum(1, 1, 1, i, i));
    WriteLmdb(Path("lmdb"), datums);
  }

  // The output "loss" is the mean of (value - label)^2 / 2 over a batch, with
  // the value scaled.
  std::string Net(int batch) const {
    return R"(layer { name: "data" type: "Data" top: "x" top: "label"
        transform_param { scale: 2 }
        data_param { source: ")" +
           Path("lmdb") + R"(" backend: LMDB batch_size: )" +
           std::to_string(batch) + R"( } }
      layer { name: "flat" type: "Reshape" bottom: "x" top: "flat"
        reshape_param { shape { dim: -1 } } }
      layer { name: "w" type: "Scale" bottom: "flat" top: "y"
        scale_param { axis: 0 num_axes: 0
          filler { type: "constant" value: 1 } } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "label"
        top: "loss" })";
  }

  const std::string fixed_ = "base_lr: 0 lr_policy: 'fixed' ";
};

// The sum of i^2 / 2 over 0..9 is 142.5.
TEST_F(EpochsTest, AWholeSetTestTakesEachImageOnceWhateverTheBatch) {
  for (const int batch : {1, 3, 4, 10, 16}) {
    Solver solver(
        Source(fixed_ + "max_iter: 1 test_interval: 1 test_whole_set: true",
               Net(batch)));
    for (int pass = 0; pass < 3; ++pass) {
      const Evaluation result = solver.Test()[0];
      EXPECT_FLOAT_EQ(result.scores[0].values[0], 14.25f) << batch;
      EXPECT_FLOAT_EQ(result.loss, 14.25f) << batch;
    }
  }
}

TEST_F(EpochsTest, EpochsAreCountedInIterations) {
  LogLines log;
  Solver solver(Source(fixed_ +
                           "max_epochs: 3 test_interval_epochs: 1.5 "
                           "test_whole_set: true snapshot_epochs: 2 iter_size: "
                           "2 snapshot_after_train: false",
                       Net(2)));
  solver.Solve();  // 10 images, 4 in an iteration: 2.5 iterations an epoch
  EXPECT_EQ(solver.iteration(), 8);
  EXPECT_EQ(log.With("test net 0").size(), 3u);  // at 0, 4, 8
  EXPECT_TRUE(Exists("run_iter_5.solverstate"));
}

TEST_F(EpochsTest, CutBatchesAndOtherInputsBeforeTheDataCountAsWell) {
  std::string net = Net(4);
  net.replace(net.find("batch_size: 4"), 13,
              "batch_size: 4 cut_last_batch: true");
  Solver cut(Source(fixed_ + "max_epochs: 3 snapshot_after_train: false", net));
  cut.Solve();
  EXPECT_EQ(cut.iteration(), 9);  // 4 + 4 + 2 images, three times
  const std::string dummy =
      "layer { name: 'one' type: 'DummyData' top: 'one' dummy_data_param { "
      "shape { dim: 1 } } } ";
  Solver other(Source(fixed_ + "max_epochs: 2 snapshot_after_train: false",
                      dummy + Net(5)));
  other.Solve();
  EXPECT_EQ(other.iteration(), 4);
}

// Images 0 to 9 in batches of 4, doubled: of the rows, 0, 4, 8 and 1, 5, 9 have
// three values, the others two.
TEST_F(EpochsTest, RowsThatACutBatchLacksDoNotCount) {
  Solver solver(
      Source(fixed_ + "max_iter: 1 test_interval: 1 test_whole_set: true",
             Net(4) + "layer { name: 'out' type: 'Power' bottom: 'x' top: "
                      "'out' include { phase: TEST } }"));
  const std::vector<Score> scores = solver.Test()[0].scores;
  for (const Score& score : scores) {
    if (score.name != "out") continue;
    ASSERT_EQ(score.values.size(), 4u);
    // (0 + 8 + 16 / 2) / 2.5, since the last batch counts half.
    EXPECT_FLOAT_EQ(score.values[0], 2 * (0 + 4 + 8 / 2.f) / 2.5f);
    EXPECT_FLOAT_EQ(score.values[2], 2 * (2 + 6) / 2.f);
    return;
  }
  FAIL() << "no output of that name";
}

TEST_F(EpochsTest, MistakesAreTold) {
  EXPECT_EQ(ErrorOf(Source("max_iter: 1 max_epochs: 1")),
            "solver.prototxt: max_iter and max_epochs say the same in "
            "iterations and in epochs; keep one");
  EXPECT_EQ(ErrorOf(Source("max_epochs: 1")),
            "the solver counts in epochs, which needs a training net that "
            "reads by a Data or ImageData layer");
  EXPECT_EQ(ErrorOf(Source("max_epochs: -1")),
            "solver.prototxt: max_epochs, test_interval_epochs and "
            "snapshot_epochs cannot be negative");
  EXPECT_EQ(ErrorOf(Source("max_iter: 1 test_interval: 1 test_iter: 1 "
                           "test_whole_set: true")),
            "solver.prototxt: test_whole_set and test_iter both say how many "
            "batches a test takes; keep one");
  EXPECT_EQ(
      ErrorOf(Source("max_iter: 1 test_interval: 1 test_whole_set: true")),
      "test_whole_set needs a test net that reads by a Data or ImageData "
      "layer; test_iter says the batches for others");
}

}  // namespace
}  // namespace doppio
