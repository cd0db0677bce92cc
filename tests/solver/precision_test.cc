#include "device/bf16.h"
#include "io/file.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

class SolverPrecisionTest : public SolverTest {
 protected:
  void SetUp() override {
    SolverTest::SetUp();
    if (!HasBf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  }

  SolverSource InBf16(const std::string& prefix) const {
    return Source(
        "precision: BF16 momentum: 0.9 weight_decay: 0.001 "
        "random_seed: 1 max_iter: 10 base_lr: 0.01 "
        "lr_policy: 'fixed' snapshot: 5 snapshot_prefix: '" +
            Path(prefix) + "'",
        kRandomNet);
  }
};

TEST_F(SolverPrecisionTest, TrainingGoesOnByteForByteInBf16) {
  Solver straight(InBf16("straight"));
  EXPECT_EQ(straight.net().layer("fc1")->param().precision(), BF16);
  straight.Solve();
  Solver::Options options;
  options.snapshot = Path("straight_iter_5.solverstate");
  Solver resumed(InBf16("resumed"), Context(), options);
  resumed.Solve();
  EXPECT_EQ(ReadFile(Path("resumed_iter_10.caffemodel")),
            ReadFile(Path("straight_iter_10.caffemodel")));
}

TEST_F(SolverPrecisionTest, SmallStepsAreNotLostInBf16) {
  // Below what bfloat16 tells from 1, but not float.
  const std::string net = R"(
    layer { name: "data" type: "DummyData" top: "x" top: "target"
      dummy_data_param { shape { dim: 1 dim: 1 } data_filler { value: 1 }
        data_filler { value: 3 } } }
    layer { name: "fc" type: "InnerProduct" bottom: "x" top: "y"
      inner_product_param { num_output: 1 bias_term: false
        weight_filler { type: "constant" value: 1 } } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "target"
      top: "loss" })";
  Solver solver(
      Source("precision: BF16 base_lr: 0.0001 lr_policy: 'fixed' "
             "max_iter: 1 snapshot_after_train: false",
             net));
  solver.Step(1);
  EXPECT_FLOAT_EQ(Weights(&solver.net(), "fc")[0], 1.0002f);
}

}  // namespace
}  // namespace doppio
