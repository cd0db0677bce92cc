#include "layers/shared/simd_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace doppio::simd {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Units in the last place between a value and the true one.
double Ulps(float value, double truth) {
  const float rounded = std::abs(static_cast<float>(truth));
  return std::abs(value - truth) /
         (std::nextafter(rounded, kInfinity) - rounded);
}

// Calls check(x) for values of either sign, from 2^-30 to 2^7.
template <typename Check>
void Sweep(Check check) {
  for (float x = 0x1p-30f; x < 128; x *= 1.0003f) {
    check(x);
    check(-x);
  }
  check(0.f);
}

TEST(SimdMathTest, IsAsExactAsTheLibrary) {
  Sweep([](float x) {
    const double d = x;
    if (std::abs(x) < 87) {
      const float power = std::exp2(x);
      ASSERT_LT(Ulps(Log2OfNormal(power), std::log2(double{power})), 4)
          << power;
      for (const float y : {-0.75f, 0.5f, 1.25f}) {
        const double truth = std::pow(double{power}, double{y});
        ASSERT_LT(Ulps(PowerOfNormal(power, y), truth), 3 + std::abs(x * y) / 2)
            << power << "^" << y;
      }
      if (std::abs(x) < 41) {
        ASSERT_LT(Ulps(PowerOfMinusThreeQuarters(power),
                       std::pow(double{power}, -0.75)),
                  4)
            << power;
      }
      ASSERT_LT(Ulps(Exp(x), std::exp(d)), 3) << x;
      ASSERT_LT(Ulps(Expm1(x), std::expm1(d)), 3) << x;
      ASSERT_LT(Ulps(Sigmoid(x), 1 / (1 + std::exp(-d))), 3) << x;
    }
    ASSERT_LT(Ulps(Tanh(x), std::tanh(d)), 3) << x;
    if (x > -87) {
      ASSERT_LT(Ulps(Softplus(x), std::log1p(std::exp(d))), 4) << x;
    }
  });
}

TEST(SimdMathTest, GoesToItsLimits) {
  EXPECT_EQ(Exp(-kInfinity), 0);
  EXPECT_EQ(Exp(-150), 0);
  EXPECT_NEAR(Exp(-100) * 0x1p120f, std::exp(-100.) * 0x1p120, 1e-4);
  EXPECT_EQ(Exp(kInfinity), kInfinity);
  EXPECT_EQ(Exp(89), kInfinity);
  EXPECT_EQ(Expm1(-kInfinity), -1);
  EXPECT_EQ(Sigmoid(-kInfinity), 0);
  EXPECT_EQ(Sigmoid(kInfinity), 1);
  EXPECT_EQ(Softplus(-kInfinity), 0);
  EXPECT_EQ(Softplus(1000), 1000);
  EXPECT_EQ(Tanh(-kInfinity), -1);
  EXPECT_EQ(Tanh(kInfinity), 1);
}

TEST(SimdMathTest, PassesOnWhatIsNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(Exp(nan)));
  EXPECT_TRUE(std::isnan(Expm1(nan)));
  EXPECT_TRUE(std::isnan(Sigmoid(nan)));
  EXPECT_TRUE(std::isnan(Tanh(nan)));
  EXPECT_TRUE(std::isnan(Softplus(nan)));
}

}  // namespace
}  // namespace doppio::simd
