// Training on an emulated GPU that the host does not wait for.

#include "solver/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/cuda.h"
#include "data/data_test.h"
#include "emulator.h"
#include "error_of.h"
#include "settings.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// Streams run as late as they may.
class PassesTest : public SolverTest {
 protected:
  PassesTest() { emulator::settings().lazy_streams = true; }
  ~PassesTest() override {
    cudaDeviceSynchronize();
    emulator::settings().lazy_streams = before_;
  }

  // Twelve images and their labels, in batches of two.
  std::string Images(const std::vector<int>& labels) {
    std::vector<Datum> images;
    for (size_t i = 0; i < labels.size(); ++i) {
      images.push_back(RawDatum(1, 5, 5, labels[i], 19 * i, 7));
    }
    WriteLmdb(Path("images"), images);
    return R"(layer { name: "data" type: "Data" top: "data" top: "label"
                transform_param { scale: 0.01 mirror: true }
                data_param { backend: LMDB batch_size: 2 source: ")" +
           Path("images") + "\" } }" + kClassifier;
  }

  // The files that a run of its own leaves.
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  static constexpr char kClassifier[] = R"(
    layer { name: "fc1" type: "InnerProduct" bottom: "data" top: "fc1"
      inner_product_param { num_output: 3
        weight_filler { type: "xavier" } } }
    layer { name: "drop" type: "Dropout" bottom: "fc1" top: "fc1" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc1"
      bottom: "label" top: "loss" }
    layer { name: "accuracy" type: "Accuracy" bottom: "fc1"
      bottom: "label" top: "accuracy" })";

 private:
  const bool before_ = emulator::settings().lazy_streams;
};

// Data that is there from the beginning: noise would come from the host.
std::string Ones(const std::string& net) {
  return R"(layer { name: "data" type: "DummyData" top: "data" top: "label"
    dummy_data_param { shape { dim: 4 dim: 5 } shape { dim: 4 }
      data_filler { type: "constant" value: 1 }
      data_filler { type: "constant" value: 2 } } })" +
         net;
}

// How often the host waited in each iteration from the third on: before its
// first layer, and from there to its end.
struct Waits {
  std::vector<long> before, within;
};
Waits WaitsOf(const SolverSource& source) {
  Waits waits;
  long end = 0, begin = 0;
  int iteration = 0;
  const Net* net = nullptr;
  uint64_t first_pass = 0;
  Solver::Options options;
  options.action = [&] {
    if (iteration++ >= 2) {
      waits.before.push_back(begin - end);
      waits.within.push_back(emulator::host_waits() - begin);
    }
    end = emulator::host_waits();
    first_pass = net->pass();
    return Solver::Action::kNone;
  };
  Solver solver(source, Context(Device::kCuda), options);
  net = &solver.net();
  solver.net().set_herald([&](const Step& step, bool backward) {
    const bool is_first = &step == net->steps().data() && !backward;
    if (is_first && net->pass() == first_pass) begin = emulator::host_waits();
  });
  solver.Step(6);
  return waits;
}

TEST_F(PassesTest, AnIterationIsGivenToTheGpuWithoutWaiting) {
  for (const char* rule :
       {"momentum: 0.9", "type: 'Adam' momentum: 0.9", "clip_gradients: 0.1"}) {
    const Waits waits = WaitsOf(Source(rule, Ones(kClassifier)));
    // It is the loss of the iteration before the last that is waited for.
    EXPECT_EQ(waits.before, std::vector<long>(4, 1)) << rule;
    EXPECT_EQ(waits.within, std::vector<long>(4, 0)) << rule;
  }
}

TEST_F(PassesTest, EachPassOfAnIterationWaitsForOneBefore) {
  const Waits waits = WaitsOf(Source("iter_size: 3", Ones(kClassifier)));
  EXPECT_EQ(waits.before, std::vector<long>(4, 1));
  EXPECT_EQ(waits.within, std::vector<long>(4, 2));
}

TEST_F(PassesTest, ShowsAndLearnsWhatItDoesStepByStep) {
  for (const char* text : {"iter_size: 1 ", "iter_size: 3 "}) {
    const SolverSource source =
        Source(std::string(text) + "display: 3 average_loss: 4 momentum: 0.9",
               Images({0, 1, 2, 1, 0, 2, 2, 1, 0, 0, 1, 2}));
    const Context context(Device::kCuda);
    const LogLines log;
    Solver whole(source, context);
    whole.Step(8);
    const size_t lines = log.With("  loss ").size();
    Solver steps(source, context);
    for (int i = 0; i < 8; ++i) steps.Step(1);
    const std::vector<std::string> shown = log.With("  loss ");
    ASSERT_EQ(lines, 3u);
    ASSERT_EQ(shown.size(), 6u);
    for (size_t i = 0; i < lines; ++i) {
      // Before the speed and after.
      EXPECT_EQ(shown[i].substr(0, shown[i].find("  lr ")),
                shown[i + lines].substr(0, shown[i + lines].find("  lr ")));
      EXPECT_EQ(shown[i].substr(shown[i].find("accuracy")),
                shown[i + lines].substr(shown[i + lines].find("accuracy")));
    }
    EXPECT_EQ(whole.loss(), steps.loss());
    EXPECT_EQ(Weights(&whole.net(), "fc1"), Weights(&steps.net(), "fc1"));
    std::filesystem::remove_all(Path("images"));
  }
}

// The weight goes 1, -2e8, 6e16, ...: the loss of iteration 3 is infinite.
constexpr char kDiverges[] =
    "max_iter: 20 base_lr: 1e8 lr_policy: 'fixed' snapshot_after_train: false ";

TEST_F(PassesTest, ALossThatIsNotFiniteIsToldAsOnTheCpu) {
  const SolverSource source = Source(kDiverges);
  const std::string error = SolverTest::ErrorOf(source);
  EXPECT_EQ(error.find("iteration 3: the loss is inf; the first values that "
                       "are not finite are in blob \"loss\" of "),
            0u)
      << error;
  Solver solver(source, Context(Device::kCuda));
  EXPECT_EQ(doppio::ErrorOf([&] { solver.Solve(); }), error);
  EXPECT_EQ(solver.iteration(), 3);
  Solver good(source, Context(Device::kCuda));
  good.Step(3);
  EXPECT_EQ(Weights(&solver.net(), "w"), Weights(&good.net(), "w"));
}

TEST_F(PassesTest, ScoresThatAreNoNumbersStopTrainingAsOnTheCpu) {
  const SolverSource source = Source(
      "max_iter: 50 base_lr: 1e38 lr_policy: 'fixed' "
      "snapshot_after_train: false",
      Images({0, 1, 2, 1, 0, 2, 2, 1, 0, 0, 1, 2}));
  const std::string error = SolverTest::ErrorOf(source);
  EXPECT_NE(error.find(": the loss is nan"), std::string::npos) << error;
  Solver solver(source, Context(Device::kCuda));
  EXPECT_EQ(doppio::ErrorOf([&] { solver.Solve(); }), error);
}

TEST_F(PassesTest, OfADamagedParameterNoSnapshotIsWritten) {
  for (const int every : {1, 2, 4, 5}) {
    const SolverSource source =
        Source(kDiverges + ("snapshot: " + std::to_string(every)));
    SolverTest::ErrorOf(source);
    const std::vector<std::string> files = Files();
    for (const std::string& file : files) {
      std::filesystem::remove(Path(file));
    }
    doppio::ErrorOf([&] { Solver(source, Context(Device::kCuda)).Solve(); });
    EXPECT_EQ(Files(), files) << every;
    EXPECT_EQ(files.size(), 2 * (3 / every)) << every;
    for (const std::string& file : files) {
      std::filesystem::remove(Path(file));
    }
  }
}

TEST_F(PassesTest, AfterAnErrorTrainingCanGoOn) {
  const SolverSource source = Source(kDiverges);
  Solver solver(source, Context(Device::kCuda));
  EXPECT_NE(doppio::ErrorOf([&] { solver.Step(6); }), "(no Error)");
  solver.net().layer("w")->params()[0].blob.data.CopyFrom(
      std::vector<float>{2});
  solver.Step(1);
  EXPECT_EQ(solver.loss(), 0.5f);
  EXPECT_NE(Weights(&solver.net(), "w")[0], 2);
}

TEST_F(PassesTest, IfToldSoGoesOnAndNamesTheIteration) {
  Solver::Options options;
  options.stop_at_nan = false;
  const LogLines log;
  Solver solver(Source(kDiverges), Context(Device::kCuda), options);
  solver.Solve();
  EXPECT_EQ(solver.iteration(), 20);
  EXPECT_EQ(log.With("iteration 3: the loss is inf").size(), 1u);
  EXPECT_FALSE(std::isfinite(Weights(&solver.net(), "w")[0]));
}

TEST_F(PassesTest, ALabelThatIsNoClassIsRefusedAsOnTheCpu) {
  // The first sample of the third iteration.
  const SolverSource source =
      Source("max_iter: 6 snapshot_after_train: false",
             Images({0, 1, 2, 1, 7, 2, 2, 1, 0, 0, 1, 2}));
  const std::string error = SolverTest::ErrorOf(source);
  EXPECT_NE(error.find("layer \"loss\" (SoftmaxWithLoss): label 7 of sample 0 "
                       "is not one of the 3 classes (0..2)"),
            std::string::npos)
      << error;
  Solver solver(source, Context(Device::kCuda));
  EXPECT_EQ(doppio::ErrorOf([&] { solver.Solve(); }), error);
  EXPECT_EQ(solver.iteration(), 2);
  Solver good(source, Context(Device::kCuda));
  good.Step(2);
  EXPECT_EQ(Weights(&solver.net(), "fc1"), Weights(&good.net(), "fc1"));
}

TEST_F(PassesTest, AnIndexThatIsNoneIsRefusedAsOnTheCpu) {
  const SolverSource source = Source("max_iter: 6", R"(
    layer { name: "x" type: "DummyData" top: "x" dummy_data_param {
      shape { dim: 2 } data_filler { type: "constant" value: -1 } } }
    layer { name: "embed" type: "Embed" bottom: "x" top: "y"
      embed_param { input_dim: 3 num_output: 2 } }
    layer { name: "sum" type: "Reduction" bottom: "y" top: "sum"
      loss_weight: 1 })");
  const std::string error = SolverTest::ErrorOf(source);
  EXPECT_NE(error.find("value -1 at position 0 is not the index of one of the "
                       "3 rows"),
            std::string::npos)
      << error;
  Solver solver(source, Context(Device::kCuda));
  EXPECT_EQ(doppio::ErrorOf([&] { solver.Step(1); }), error);
}

// What eight iterations come to, with graphs or without.
struct Trained {
  std::vector<float> weights;
  float loss = 0;
  long graphs = 0;
};
Trained TrainEight(const SolverSource& source, bool graphs) {
  Solver::Options options;
  options.cuda_graph = graphs;
  const long before = emulator::graph_launches();
  Solver solver(source, Context(Device::kCuda), options);
  solver.Step(5);
  solver.Step(3);
  return {Weights(&solver.net(), "fc1"), solver.loss(),
          emulator::graph_launches() - before};
}

// Expects the same of both; how many graphs there were.
long GraphsOf(const SolverSource& source) {
  const Trained without = TrainEight(source, false);
  const Trained with = TrainEight(source, true);
  EXPECT_EQ(with.weights, without.weights);
  EXPECT_EQ(with.loss, without.loss);
  EXPECT_EQ(without.graphs, 0);
  return with.graphs;
}

TEST_F(PassesTest, GraphsTrainToTheByteAsKernelsDo) {
  for (const char* rule :
       {"momentum: 0.9 base_lr: 0.1 lr_policy: 'step' stepsize: 3 gamma: 0.1",
        "type: 'Adam' momentum: 0.9 base_lr: 0.01 lr_policy: 'exp' gamma: 0.9",
        "clip_gradients: 0.1 display: 3"}) {
    SCOPED_TRACE(rule);
    // Forward and backward, from the third iteration on.
    EXPECT_EQ(GraphsOf(Source(rule, Ones(kClassifier))), 6 * 2);
    EXPECT_EQ(GraphsOf(Source(std::string(rule) + " iter_size: 2",
                              Ones(kClassifier))),
              6 * 4);
  }
}

TEST_F(PassesTest, BatchesGoToTheGpuBesideGraphs) {
  const std::string net = Images({0, 1, 2, 1, 0, 2, 2, 1, 0, 0, 1, 2});
  EXPECT_EQ(GraphsOf(Source("momentum: 0.9", net)), 6 * 2);
}

TEST_F(PassesTest, AfterABatchOfAnotherSizeGraphsAreMadeAnew) {
  // The fifth has one image: it, the one after it and a third are not recorded.
  std::string net = Images({0, 1, 2, 1, 0, 2, 2, 1, 0});
  net.replace(net.find("batch_size: 2"), 13,
              "batch_size: 2 cut_last_batch: true");
  EXPECT_EQ(GraphsOf(Source("momentum: 0.9", net)), 3 * 2);
}

TEST_F(PassesTest, AStepThatWaitsRunsOutsideAndALineSaysSo) {
  const SolverSource source = Source("", R"(
    layer { name: "x" type: "DummyData" top: "x" top: "t" dummy_data_param {
      shape { dim: 2 dim: 1 dim: 4 dim: 4 } shape { dim: 2 dim: 3 }
      data_filler { type: "constant" value: 1 }
      data_filler { type: "constant" value: 2 } } }
    layer { name: "pool" type: "Pooling" bottom: "x" top: "p" top: "mask"
      pooling_param { kernel_size: 2 stride: 2 } }
    layer { name: "up" type: "Upsample" bottom: "p" bottom: "mask" top: "up" }
    layer { name: "fc1" type: "InnerProduct" bottom: "up" top: "y"
      inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t"
      top: "loss" })");
  const LogLines log;
  EXPECT_EQ(GraphsOf(source), 6 * 3);
  EXPECT_EQ(log.With("layer \"up\" (Upsample) makes the host wait for the GPU; "
                     "it runs outside the graphs of --cuda_graph")
                .size(),
            1u);
}

TEST_F(PassesTest, WithGraphsErrorsAreTheSame) {
  Solver::Options options;
  options.cuda_graph = true;
  const auto error = [&](const SolverSource& source) {
    return doppio::ErrorOf(
        [&] { Solver(source, Context(Device::kCuda), options).Solve(); });
  };
  const SolverSource diverges = Source(kDiverges);
  EXPECT_EQ(error(diverges), SolverTest::ErrorOf(diverges));
  const SolverSource no_class =
      Source("max_iter: 6 snapshot_after_train: false",
             Images({0, 1, 2, 1, 0, 2, 2, 1, 7, 0, 1, 2}));
  EXPECT_EQ(error(no_class), SolverTest::ErrorOf(no_class));
}

}  // namespace
}  // namespace doppio
