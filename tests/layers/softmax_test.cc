#include <cmath>

#include "layers/layouts.h"

namespace doppio {
namespace {

class SoftmaxTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SoftmaxTest, testing::ValuesIn(Devices()));

constexpr float kLog5 = 1.6094379f;

// By the definition, in double.
std::vector<float> Reference(const Values& x, int axis) {
  const int extent = x.shape[axis];
  const int64_t inner = x.shape.count(axis + 1);
  std::vector<float> y(x.values.size());
  for (size_t i = 0; i < y.size(); ++i) {
    const int64_t start = i / (extent * inner) * extent * inner + i % inner;
    double sum = 0;
    for (int c = 0; c < extent; ++c) {
      sum += std::exp(double{x.values[start + c * inner]} - x.values[i]);
    }
    y[i] = 1 / sum;
  }
  return y;
}

TEST_P(SoftmaxTest, GivesSharesOfTheExponentials) {
  ExpectNear(Forward("type: 'Softmax'", {{{1, 3}, {0, kLog2, kLog5}}}),
             {0.125f, 0.25f, 0.625f});
}

TEST_P(SoftmaxTest, DoesNotOverflow) {
  ExpectNear(Forward("type: 'Softmax'", {{{2, 2}, {1e4f, 1e4f, -1e4f, 0}}}),
             {0.5f, 0.5f, 0, 1});
}

TEST_P(SoftmaxTest, RunsAlongAnyAxis) {
  const Values x = Distinct({2, 3, 4, 5});
  for (int axis = 0; axis < 4; ++axis) {
    const std::string param =
        "softmax_param { axis: " + std::to_string(axis) + " }";
    ExpectNear(Forward("type: 'Softmax' " + param, {x}), Reference(x, axis));
  }
  ExpectNear(Forward("type: 'Softmax' softmax_param { axis: -1 }", {x}),
             Reference(x, 3));
}

TEST_P(SoftmaxTest, TakesLargeBlobs) {
  const Values image = Distinct({2, 3, 300});
  ExpectNear(Forward("type: 'Softmax'", {image}), Reference(image, 1));
  const Values rows = Distinct({70, 1000});
  ExpectNear(Forward("type: 'Softmax'", {rows}), Reference(rows, 1));
}

TEST_P(SoftmaxTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Softmax'", {{{3, 7}, {}}});
  CheckGradient("type: 'Softmax'", {{{2, 3, 2, 2}, {}}});
  CheckGradient("type: 'Softmax' softmax_param { axis: 2 }",
                {{{2, 3, 2, 2}, {}}});
}

TEST_P(SoftmaxTest, RunsInPlace) {
  ExpectSameInPlace("type: 'Softmax'", Distinct({3, 7}), GetParam());
  ExpectSameInPlace("type: 'Softmax'", Distinct({2, 3, 5}), GetParam());
}

TEST_P(SoftmaxTest, WantsAnAxisThatExists) {
  EXPECT_EQ(
      ErrorOf("type: 'Softmax' softmax_param { axis: 2 }", {Distinct({2, 3})}),
      "axis 2 of a blob with 2 axes (2x3)");
}

}  // namespace
}  // namespace doppio
