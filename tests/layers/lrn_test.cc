#include <cmath>
#include <numeric>
#include <sstream>

#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class LrnTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, LrnTest, testing::ValuesIn(Devices()));

struct LrnExample {
  Shape x;
  int local_size;
  double alpha, beta, k;
  bool within = false;

  std::string text() const {
    std::ostringstream text;
    text << "type: 'LRN' lrn_param { local_size: " << local_size
         << " alpha: " << alpha << " beta: " << beta << " k: " << k
         << " norm_region: " << (within ? "WITHIN" : "ACROSS")
         << (within ? "_CHANNEL }" : "_CHANNELS }");
    return text.str();
  }
};

// The definition, element by element.
std::vector<float> WrittenOut(const LrnExample& e,
                              const std::vector<float>& x) {
  std::vector<float> y(x.size());
  const int reach = e.local_size / 2;
  const auto square = [&](int n, int c, int h, int w) {
    if (c < 0 || c >= e.x[1] || h < 0 || h >= e.x[2] || w < 0 || w >= e.x[3]) {
      return 0.;
    }
    const double v = x[((n * e.x[1] + c) * e.x[2] + h) * e.x[3] + w];
    return v * v;
  };
  int i = 0;
  for (int n = 0; n < e.x[0]; ++n) {
    for (int c = 0; c < e.x[1]; ++c) {
      for (int h = 0; h < e.x[2]; ++h) {
        for (int w = 0; w < e.x[3]; ++w, ++i) {
          double sum = 0;
          for (int a = -reach; a <= reach; ++a) {
            if (!e.within) sum += square(n, c + a, h, w);
            for (int b = -reach; e.within && b <= reach; ++b) {
              sum += square(n, c, h + a, w + b);
            }
          }
          const double count =
              e.within ? e.local_size * e.local_size : e.local_size;
          const double s = (e.within ? 1 : e.k) + e.alpha / count * sum;
          y[i] = static_cast<float>(x[i] * std::pow(s, -e.beta));
        }
      }
    }
  }
  return y;
}

const LrnExample kLrnExamples[] = {
    {{2, 16, 3, 4}, 5, 1, 0.75, 1},       {{2, 96, 5, 7}, 5, 0.01, 0.75, 1},
    {{1, 19, 4, 3}, 3, 2, 0.5, 2},        {{2, 7, 3, 4}, 15, 1, 0.75, 1},
    {{1, 40, 2, 2}, 7, 0.5, 1.5, 0.1},    {{1, 3, 2, 2}, 1, 1, 1, 1},
    {{2, 16, 5, 4}, 3, 1, 0.75, 7, true}, {{1, 5, 3, 6}, 5, 2, 0.5, 1, true},
    {{1, 2, 2, 2}, 9, 2, 0.5, 1, true},
};

TEST_P(LrnTest, DividesByThePowerOfTheMeanSquareAround) {
  // s = 1 + 3 / 3 * (9 + 16) = 26 for both channels.
  const std::vector<float> y =
      Forward("type: 'LRN' lrn_param { local_size: 3 alpha: 3 beta: 0.5 }",
              {{{1, 2, 1, 1}, {3, 4}}});
  ExpectNear(y, {3 / std::sqrt(26.f), 4 / std::sqrt(26.f)}, 0, 1e-6f);
}

// 3 / (2 + 0.5 * (9 + 16)) ^ 1, and the same with 3 x 3 zeros around.
TEST_P(LrnTest, AlphaCanCountTheSumOfSquares) {
  const std::string numbers =
      "local_size: 3 alpha: 0.5 beta: 1 k: 2 alpha_undivided: true";
  const std::vector<float> across = Forward(
      "type: 'LRN' lrn_param { " + numbers + " }", {{{1, 2, 1, 1}, {3, 4}}});
  EXPECT_FLOAT_EQ(across[0], 3 / 14.5f);
  const std::vector<float> within = Forward(
      "type: 'LRN' lrn_param { norm_region: WITHIN_CHANNEL " + numbers + " }",
      {{{1, 1, 1, 2}, {3, 4}}});
  EXPECT_FLOAT_EQ(within[0], 3 / 13.5f);
}

TEST_P(LrnTest, AgreesWithTheDefinition) {
  for (const LrnExample& e : kLrnExamples) {
    const Values x = Distinct(e.x);
    SCOPED_TRACE(e.text());
    ExpectNear(Forward(e.text(), {x}), WrittenOut(e, x.values), 1e-6f, 5e-6f);
  }
}

TEST_P(LrnTest, GradientMatchesDifferences) {
  for (const LrnExample& e : kLrnExamples) {
    const Shape small = {1, std::min(e.x[1], 19), 2, 3};
    CheckGradient(e.text(), {{small, {}}});
  }
}

TEST_P(LrnTest, BlockedAndRowMajorGiveTheSame) {
  for (const LrnExample& e : kLrnExamples) {
    SCOPED_TRACE(e.text());
    for (const int channels : {8, 16}) {
      EXPECT_NE(ExpectSameBlocked(e.text(), {Distinct(e.x)}, channels),
                nullptr);
    }
  }
}

TEST_P(LrnTest, RunsInPlace) {
  for (const LrnExample& e : kLrnExamples) {
    ExpectSameInPlace(e.text(), Distinct(e.x), GetParam());
  }
}

// What fast powers cannot do: zero, infinity, and no number at all.
TEST_P(LrnTest, ExtremesAreThoseOfThePowerFunction) {
  const auto run = [&](const char* settings, float x) {
    return Forward(
        std::string("type: 'LRN' lrn_param { local_size: 1 ") + settings + " }",
        {{{1, 1, 1, 1}, {x}}})[0];
  };
  EXPECT_EQ(run("k: 1", 0), 0);
  EXPECT_EQ(run("k: 1", 1e30f), 0);  // s is infinite
  EXPECT_TRUE(std::isnan(run("k: 0", 0)));
  EXPECT_TRUE(std::isnan(run("k: -1 beta: 0.5", 0.5f)));
  // s^-beta is 1e-40, a subnormal number.
  EXPECT_NEAR(run("k: 1 alpha: 1 beta: 4", 1e5f), 1e-35f, 1e-38f);
}

// Of one pixel's first channel, what is no number reaches the channels whose
// neighbourhoods it is in, and their neighbours' gradients; no other pixel.
TEST_P(LrnTest, NoNumberStaysInItsNeighbourhood) {
  constexpr int kChannels = 8, kPixels = 120, kPixel = 17;
  const auto spoilt = [&](const std::vector<float>& values) {
    std::vector<int> channels;
    for (int c = 0; c < kChannels; ++c) {
      for (int p = 0; p < kPixels; ++p) {
        if (std::isfinite(values[c * kPixels + p])) continue;
        EXPECT_EQ(p, kPixel);
        channels.push_back(c);
      }
    }
    return channels;
  };
  for (const int reach : {1, 2}) {
    Values x = Distinct({1, kChannels, 1, kPixels});
    x.values[kPixel] = std::nanf("");
    const std::string size = std::to_string(2 * reach + 1);
    LayerRun run =
        Make("type: 'LRN' lrn_param { local_size: " + size + " }", {x});
    run.tops[0].diff.CopyFrom(Distinct(x.shape).values);
    const auto first = [](int count) {
      std::vector<int> channels(count);
      std::iota(channels.begin(), channels.end(), 0);
      return channels;
    };
    // Twice, since a layer may go on with the memory of the first time.
    for (int time = 0; time < 2; ++time) {
      run.Forward().Backward();
      EXPECT_EQ(spoilt(run.Top()), first(1 + reach));
      EXPECT_EQ(spoilt(run.BottomDiff()), first(1 + 2 * reach));
    }
  }
}

TEST_P(LrnTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf("type: 'LRN' lrn_param { local_size: 4 }",
                    {Distinct({1, 2, 2, 2})}),
            "local_size is 4, but must be odd, for a neighbourhood with a "
            "centre");
  EXPECT_EQ(ErrorOf("type: 'LRN'", {Distinct({2, 3})}),
            "needs a bottom of 4 axes (N x C x H x W), not 2x3");
}

}  // namespace
}  // namespace doppio
