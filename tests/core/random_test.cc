#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace doppio {
namespace {

struct Moments {
  double mean = 0, variance = 0;
};

template <typename Number>
Moments Measure(int count, Number number) {
  double sum = 0, squares = 0;
  for (int i = 0; i < count; ++i) {
    const double x = number(i);
    sum += x;
    squares += x * x;
  }
  return {sum / count, squares / count - sum / count * (sum / count)};
}

void ExpectWords(const RandomBlock& block, const std::vector<uint32_t>& words) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(block.word[i], words[i]) << i;
}

// The known answers that the authors of Philox published with it.
TEST(RandomTest, PhiloxGivesThePublishedAnswers) {
  ExpectWords(Philox({{0, 0, 0, 0}}, 0),
              {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
  constexpr uint32_t kOnes = 0xFFFFFFFF;
  ExpectWords(Philox({{kOnes, kOnes, kOnes, kOnes}}, ~uint64_t{0}),
              {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
  ExpectWords(Philox({{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}},
                     0x299F31D0A4093822),
              {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

// The published answers of splitmix64 for the seed 0, and of FNV-1a.
TEST(RandomTest, MixAndHashGiveThePublishedAnswers) {
  EXPECT_EQ(Mix(0), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(Mix(0x9E3779B97F4A7C15u), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(Hash(""), 0xCBF29CE484222325u);
  EXPECT_EQ(Hash("a"), 0xAF63DC4C8601EC8Cu);
  EXPECT_EQ(Hash("foobar"), 0x85944171F73967E8u);
}

TEST(RandomTest, NumbersAreKnownAtCompileTime) {
  constexpr RandomStream kStream(1, Draw::kTest, 2, 3);
  static_assert(kStream.Uniform(5) >= 0 && kStream.Uniform(5) < 1);
  static_assert(kStream.Below(6, 1) < 6);
  static_assert(kStream.Word(6) == kStream.Block(1).word[2]);
  EXPECT_EQ(kStream.Gaussian(6), kStream.Block(1).Gaussian(2));
}

// A stream must never change: snapshots rely on it.
TEST(RandomTest, AStreamStaysAsItIs) {
  const RandomStream stream(1701, Draw::kDropout, 2, 3);
  const uint64_t key =
      Mix(Mix(1701 ^ Mix(static_cast<uint32_t>(Draw::kDropout))) ^ 2);
  const RandomBlock expected = Philox({{9, 1, 3, 0}}, key);
  ExpectWords(
      stream.Block((uint64_t{1} << 32) + 9),
      {expected.word[0], expected.word[1], expected.word[2], expected.word[3]});
  EXPECT_EQ(static_cast<uint32_t>(Draw::kFiller), 1u);
  EXPECT_EQ(static_cast<uint32_t>(Draw::kDropout), 2u);
  EXPECT_EQ(static_cast<uint32_t>(Draw::kTransform), 3u);
  EXPECT_EQ(static_cast<uint32_t>(Draw::kShuffle), 4u);
}

TEST(RandomTest, UniformNumbersFillTheUnitInterval) {
  const RandomStream stream(1, Draw::kTest, 0);
  float least = 1, most = 0;
  const Moments moments = Measure(100000, [&](int i) {
    const float x = stream.Uniform(i);
    least = std::min(least, x);
    most = std::max(most, x);
    return x;
  });
  // Standard errors of the two are 0.0009 and 0.0002.
  EXPECT_NEAR(moments.mean, 0.5, 0.004);
  EXPECT_NEAR(moments.variance, 1. / 12, 0.001);
  EXPECT_GE(least, 0);
  EXPECT_LT(least, 0.001);
  EXPECT_LT(most, 1);
  EXPECT_GT(most, 0.999);
}

TEST(RandomTest, UniformNumbersAreBelowOne) {
  constexpr RandomBlock kMost = {{0xFFFFFFFF, 0, 0, 0}};
  EXPECT_LT(kMost.Uniform(0), 1);
  EXPECT_EQ(kMost.Uniform(1), 0);
}

TEST(RandomTest, GaussianNumbersAreStandardNormal) {
  const RandomStream stream(1, Draw::kTest, 1);
  int within = 0;
  double cubes = 0, product = 0;
  const int count = 100000;
  const Moments moments = Measure(count, [&](int i) {
    const double x = stream.Gaussian(i);
    within += std::abs(x) < 1;
    cubes += x * x * x;
    if (i % 2) product += x * stream.Gaussian(i - 1);
    return x;
  });
  // Standard errors are 0.003, 0.0045, 0.0015, 0.012 and 0.0045.
  EXPECT_NEAR(moments.mean, 0, 0.013);
  EXPECT_NEAR(moments.variance, 1, 0.018);
  EXPECT_NEAR(within / double{count}, 0.6827, 0.006);
  EXPECT_NEAR(cubes / count, 0, 0.05);
  EXPECT_NEAR(product / (count / 2), 0, 0.018) << "the two of a pair";
}

TEST(RandomTest, GaussianNumbersAreFinite) {
  for (const uint32_t word : {0u, 0xFFu, 0xFFFFFFFFu}) {
    const RandomBlock block = {{word, word, word, word}};
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(std::isfinite(block.Gaussian(i)));
      EXPECT_LT(std::abs(block.Gaussian(i)), 6);
    }
  }
}

TEST(RandomTest, BelowGivesEachNumberEquallyOften) {
  const RandomStream stream(1, Draw::kTest, 2);
  constexpr int kSides = 7, kThrows = 70000;
  std::vector<int> times(kSides);
  for (int i = 0; i < kThrows; ++i) ++times[stream.Below(kSides, i)];
  double chi_squared = 0;
  for (const int n : times) {
    const double expected = kThrows / kSides;
    chi_squared += (n - expected) * (n - expected) / expected;
  }
  // Six degrees of freedom exceed this once in a thousand streams.
  EXPECT_LT(chi_squared, 22.5);
}

TEST(RandomTest, StreamsOfOtherKeysAreUnrelated) {
  const RandomStream base(1, Draw::kTest, 5, 6);
  const RandomStream others[] = {
      RandomStream(2, Draw::kTest, 5, 6), RandomStream(1, Draw::kSkip, 5, 6),
      RandomStream(1, Draw::kTest, 6, 6), RandomStream(1, Draw::kTest, 5, 7),
      RandomStream(1, Draw::kTest, 6, 5)};
  const int count = 10000;
  for (const RandomStream& other : others) {
    double covariance = 0;
    for (int i = 0; i < count; ++i) {
      covariance += (base.Uniform(i) - 0.5) * (other.Uniform(i) - 0.5);
    }
    // The standard error of the correlation is 0.01.
    EXPECT_NEAR(covariance / count * 12, 0, 0.045);
  }
}

}  // namespace
}  // namespace doppio
