#include "solver/class_scores.h"

#include <cmath>

#include "data/data_test.h"
#include "solver/epochs.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// Images of 2 x 2 pixels in two channels. A crop of one pixel gives the scores
// of two classes.
class ClassScoresTest : public SolverTest {
 protected:
  void Write(const std::vector<std::string>& images) {
    std::vector<Datum> datums;
    for (const std::string& bytes : images) {
      Datum datum = RawDatum(2, 2, 2, 1);
      datum.set_data(bytes);
      datums.push_back(datum);
    }
    WriteLmdb(Path("lmdb"), datums);
  }

  NetSource Source(int batch, const std::string& more = "") const {
    return ParseNet(R"(state { phase: TEST }
      layer { name: "data" type: "Data" top: "x" top: "label"
        transform_param { crop_size: 1 scale: 0.5 }
        data_param { source: ")" +
                        Path("lmdb") + R"(" backend: LMDB batch_size: )" +
                        std::to_string(batch) + R"( } } )" + more + R"(
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "label"
        top: "loss" })",
                    "net.prototxt");
  }
};

TEST_F(ClassScoresTest, CropsAreAveragedAfterTheSoftmax) {
  // Class 0 scores 4 in one corner and 0 else, class 1 always 1.
  Write({std::string({8, 0, 0, 0, 2, 2, 2, 2})});
  NetSource source = Source(1);
  TakeCrops(10, &source.net);
  Net net(source);
  ClassScores scores(&net, 10, 1, true);
  net.Forward();
  // The first of the corners, which is also the centre of 2 x 2: 4 of 10.
  const double first = 1 / (1 + std::exp(1 - 4.));
  const double other = 1 / (1 + std::exp(1.));
  const double of_0 = (4 * first + 6 * other) / 10;
  ASSERT_EQ(scores.result().images(), 1);
  ASSERT_EQ(scores.result().worst().size(), of_0 > 0.5 ? 1u : 0u);
  EXPECT_NEAR(scores.result().worst()[0].probability, of_0, 1e-6);
}

TEST_F(ClassScoresTest, EachImageOfTheSetCountsOnceAndKnowsItsRecord) {
  // Record i has a score of i for class 0; all are of class 1, which scores 0.
  std::vector<std::string> images;
  for (char i = 0; i < 7; ++i) {
    images.push_back(std::string(4, i) + std::string(4, 0));
  }
  Write(images);
  NetSource source = Source(3);
  CutLastBatches(&source.net);
  Net::Options options;
  options.reuse_memory = true;
  options.backward = false;
  Net net(source, Context(), options);
  ClassScores scores(&net, 1, 3, true);
  for (int i = 0; i < BatchesOfWholeSet(net); ++i) net.Forward();
  EXPECT_EQ(scores.result().images(), 7);
  EXPECT_EQ(scores.result().confusion(), std::vector<int64_t>({0, 0, 7, 0}));
  EXPECT_EQ(scores.result().worst()[0].record, 6);
  EXPECT_EQ(scores.result().worst()[2].record, 4);
}

TEST_F(ClassScoresTest, IgnoredLabelsDoNotCount) {
  Write({std::string(8, 0), std::string(8, 1)});  // both of class 1
  NetSource source = Source(2);
  source.net.mutable_layer(1)->mutable_loss_param()->set_ignore_label(1);
  Net net(source);
  ClassScores scores(&net, 1, 0, true);
  net.Forward();
  EXPECT_EQ(scores.result().images(), 0);
}

TEST_F(ClassScoresTest, BatchesBecomeMultiplesOfTen) {
  Write({std::string(8, 0)});
  for (const auto& [batch, wanted] : {std::pair(1, 10), {25, 20}, {50, 50}}) {
    NetSource source = Source(batch);
    TakeCrops(10, &source.net);
    EXPECT_EQ(source.net.layer(0).data_param().batch_size(),
              static_cast<uint32_t>(wanted));
  }
}

}  // namespace
}  // namespace doppio
