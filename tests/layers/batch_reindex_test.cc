#include "layers/layer_test.h"

namespace doppio {
namespace {

class BatchReindexTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, BatchReindexTest,
                         testing::ValuesIn(Devices()));

const char* const kBatchReindexText = "type: 'BatchReindex'";

TEST_P(BatchReindexTest, PicksImages) {
  const std::vector<Values> bottoms = {{{3, 2}, {1, 2, 3, 4, 5, 6}},
                                       {{4}, {2, 0, 2, 1}}};
  EXPECT_EQ(TopShape(kBatchReindexText, bottoms), Shape({4, 2}));
  EXPECT_EQ(Forward(kBatchReindexText, bottoms),
            std::vector<float>({5, 6, 1, 2, 5, 6, 3, 4}));
}

TEST_P(BatchReindexTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1};
  CheckGradient(kBatchReindexText, {{{3, 2}, {}}, {{4}, {2, 0, 2, 2}}}, check);
}

TEST_P(BatchReindexTest, RefusesWhatIsNoImage) {
  EXPECT_EQ(ErrorOf(kBatchReindexText, {Distinct({3, 2}), {{1}, {3}}}),
            "value 3 at position 0 is not the index of one of the 3 images "
            "(0..2)");
}

TEST_P(BatchReindexTest, WantsAListOfIndices) {
  EXPECT_EQ(ErrorOf(kBatchReindexText, {Distinct({3, 2}), Constant({1, 1}, 0)}),
            "the indices have to have one axis, but the second bottom is 1x1");
  EXPECT_EQ(ErrorOf(kBatchReindexText, {{{}, {1}}, {{1}, {0}}}),
            "needs a first bottom with axes, not a scalar");
}

}  // namespace
}  // namespace doppio
