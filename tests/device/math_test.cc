#include "device/math.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

namespace doppio {
namespace {

using Values = std::vector<float>;

Values Some(int64_t count, int seed) {
  Values values(count);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = std::sin(1.3f * static_cast<float>(i) + seed);
  }
  return values;
}

struct Size {
  int64_t rows, columns, inner;
};

void ExpectProduct(const Size& size, bool transpose_a, bool transpose_b,
                   float alpha, float beta) {
  const auto [rows, columns, inner] = size;
  const Values a = Some(rows * inner, 1), b = Some(inner * columns, 2);
  const Values before = Some(rows * columns, 3);
  Values c = before;
  Gemm(Context(), transpose_a, transpose_b, rows, columns, inner, alpha,
       a.data(), b.data(), beta, c.data());
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < inner; ++k) {
        sum += double{transpose_a ? a[k * rows + i] : a[i * inner + k]} *
               (transpose_b ? b[j * inner + k] : b[k * columns + j]);
      }
      ASSERT_NEAR(c[i * columns + j],
                  alpha * sum + beta * before[i * columns + j], 1e-4)
          << i << ", " << j << " of " << rows << "x" << columns << ", inner "
          << inner << (transpose_a ? ", a transposed" : "")
          << (transpose_b ? ", b transposed" : "");
    }
  }
}

TEST(GemmTest, IsTheSumOfProducts) {
  const Size sizes[] = {{1, 1, 1}, {2, 3, 4},    {7, 1, 5},   {1, 9, 6},
                        {5, 4, 1}, {33, 17, 65}, {64, 70, 30}};
  for (const Size& size : sizes) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        ExpectProduct(size, transpose_a, transpose_b, 1, 0);
        ExpectProduct(size, transpose_a, transpose_b, 1, 1);
        ExpectProduct(size, transpose_a, transpose_b, -0.5f, 2);
      }
    }
  }
}

TEST(GemmTest, WithBetaZeroTheOldValuesDoNotMatter) {
  const Values a = {1, 2}, b = {3, 4};
  Values c = {std::numeric_limits<float>::quiet_NaN()};
  Gemm(Context(), false, false, 1, 1, 2, 1, a.data(), b.data(), 0, c.data());
  EXPECT_EQ(c[0], 11);
}

TEST(GemmTest, SumsOfNothingAreZero) {
  Values c = {5, 7};
  Gemm(Context(), false, false, 1, 2, 0, 1, nullptr, nullptr, 2, c.data());
  EXPECT_EQ(c, Values({10, 14}));
  Gemm(Context(), false, false, 1, 2, 0, 1, nullptr, nullptr, 0, c.data());
  EXPECT_EQ(c, Values({0, 0}));
  Gemm(Context(), false, false, 0, 2, 3, 1, nullptr, nullptr, 0, nullptr);
}

TEST(ParallelForTest, VisitsEachItemOnce) {
  for (const double cost : {0.001, 1e6}) {
    for (const int64_t n : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> visits(n);
      ParallelFor(n, cost, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[i];
      });
      for (int64_t i = 0; i < n; ++i) EXPECT_EQ(visits[i], 1) << i;
    }
  }
}

TEST(ContextTest, AnotherSeedLeavesTheRest) {
  const Context context(Device::kCpu, 5, 2);
  const Context other = context.WithSeed(6);
  EXPECT_EQ(context.seed(), 5u);
  EXPECT_EQ(other.seed(), 6u);
  EXPECT_EQ(other.threads(), 2);
  EXPECT_EQ(&other.libraries(), &context.libraries());
}

}  // namespace
}  // namespace doppio
