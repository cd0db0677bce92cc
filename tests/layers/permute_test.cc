#include "layers/layer_test.h"

namespace doppio {
namespace {

class PermuteTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, PermuteTest, testing::ValuesIn(Devices()));

TEST_P(PermuteTest, ReordersTheAxes) {
  const Values x = {{1, 2, 3}, {1, 2, 3, 4, 5, 6}};
  const std::string text =
      "type: 'Permute' permute_param { order: 0 order: 2 "
      "order: 1 }";
  EXPECT_EQ(TopShape(text, {x}), Shape({1, 3, 2}));
  EXPECT_EQ(Forward(text, {x}), std::vector<float>({1, 4, 2, 5, 3, 6}));
}

TEST_P(PermuteTest, AxesThatAreLeftOutFollow) {
  EXPECT_EQ(TopShape("type: 'Permute' permute_param { order: 2 }",
                     {Distinct({2, 3, 4, 5})}),
            Shape({4, 2, 3, 5}));
  const Values x = Distinct({2, 3});
  EXPECT_EQ(Forward("type: 'Permute'", {x}), x.values);
}

TEST_P(PermuteTest, GradientMatchesDifferences) {
  CheckGradient(
      "type: 'Permute' permute_param { order: 3 order: 0 order: 2 order: 1 }",
      {{{2, 3, 2, 4}, {}}});
}

TEST_P(PermuteTest, SaysWhatDoesNotFit) {
  const Values x = Constant({2, 3}, 1);
  EXPECT_EQ(ErrorOf("type: 'Permute' permute_param { order: 2 }", {x}),
            "permute_param has order: 2, but a bottom of 2x3 has axes 0 to 1");
  EXPECT_EQ(ErrorOf("type: 'Permute' permute_param { order: 1 order: 1 }", {x}),
            "permute_param has order: 1 twice");
}

TEST_P(PermuteTest, TakesManyAxes) {
  const std::string text = "type: 'Permute' permute_param { order: 1 }";
  Shape shape(std::vector<int>(32, 1));
  shape[0] = 2;
  EXPECT_EQ(Forward(text, {{shape, {5, 6}}}), std::vector<float>({5, 6}));
  const std::string error =
      ErrorOf(text, {Constant(Shape(std::vector<int>(33, 1)), 1)});
  EXPECT_EQ(error, GetParam() == Device::kCpu
                       ? "(no Error)"
                       : "a bottom of 33 axes has more than the 32 that the "
                         "GPU's half takes");
}

}  // namespace
}  // namespace doppio
