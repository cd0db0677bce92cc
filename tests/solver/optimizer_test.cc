#include <gtest/gtest.h>

#include "device/sum_of_squares.h"

namespace doppio {
namespace {

// The rest of what an Optimizer does, the tests of Solver and Caffe's
// trajectories show.
TEST(SumOfSquaresTest, AddsUpAnyNumberOfFloats) {
  EXPECT_EQ(SumOfSquares(nullptr, 0), 0);
  for (const int count : {1, 7, 16384, 16385, 100003}) {
    const std::vector<float> twos(count, 2);
    EXPECT_EQ(SumOfSquares(twos.data(), count), 4.0 * count) << count;
  }
}

TEST(SumOfSquaresTest, DoesNotOverflowWhereFloatsWould) {
  const std::vector<float> large(1000, 1e30f);
  EXPECT_NEAR(SumOfSquares(large.data(), 1000), 1e63, 1e57);
}

}  // namespace
}  // namespace doppio
