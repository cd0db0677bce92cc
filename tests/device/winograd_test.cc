#include "device/winograd.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace doppio {
namespace {

using Floats = std::vector<float>;

// A convolution on numbers like a net's, and a few hundred of its results
// computed in double precision, as they are defined.
class WinogradTest : public testing::TestWithParam<WinogradShape> {
 protected:
  void SetUp() override {
    winograd = Winograd::Make(shape, &workspaces);
    if (winograd == nullptr) {
      GTEST_SKIP() << "this processor, or this build, has no AVX-512";
    }
    for (float& v : x) v = std::max(0.f, normal(random));
    for (float& v : dy) v = 0.01f * normal(random);
    ClearPadding(shape.groups * shape.channels, shape.height * shape.width, &x);
    ClearPadding(shape.groups * shape.outputs, height * width, &dy);
    for (float& v : w) v = 0.01f * normal(random);
    for (float& v : b) v = normal(random);
  }
  void TearDown() override { omp_set_num_threads(threads); }

  int Pick(int n) { return std::uniform_int_distribution<>(0, n - 1)(random); }

  static int Padded(int channels) { return (channels + 15) / 16 * 16; }
  // Calls visit for the places in nChw16c of channels that are none.
  static void ForPadding(int channels, int pixels, size_t size,
                         const std::function<void(size_t)>& visit) {
    for (size_t i = 0; i < size; ++i) {
      const size_t block = i / 16 / pixels % (Padded(channels) / 16);
      if (static_cast<int>(block * 16 + i % 16) >= channels) visit(i);
    }
  }
  static void ClearPadding(int channels, int pixels, Floats* blob) {
    ForPadding(channels, pixels, blob->size(),
               [&](size_t i) { (*blob)[i] = 0; });
  }
  static void ExpectPadding(int channels, int pixels, const Floats& blob) {
    ForPadding(channels, pixels, blob.size(),
               [&](size_t i) { ASSERT_EQ(blob[i], 0) << i; });
  }

  // Where a value lies in nChw16c.
  static int At(int image, int channels, int channel, int height, int width,
                int y, int x) {
    const int block = image * (Padded(channels) / 16) + channel / 16;
    return ((block * height + y) * width + x) * 16 + channel % 16;
  }
  int SourceAt(int image, int channel, int y, int x) const {
    return At(image, shape.groups * shape.channels, channel, shape.height,
              shape.width, y, x);
  }
  int TargetAt(int image, int channel, int y, int x) const {
    return At(image, shape.groups * shape.outputs, channel, height, width, y,
              x);
  }

  // Fails unless each error is within a part of the root mean square of `all`
  // and a part of the value: what numbers recorded from Caffe are held to.
  void ExpectNear(const Floats& all, const std::vector<double>& expected,
                  const std::vector<int>& places) const {
    double squares = 0;
    for (const float v : all) squares += double{v} * v;
    const double size = std::sqrt(squares / all.size());
    EXPECT_GT(size, 0);
    for (size_t i = 0; i < places.size(); ++i) {
      EXPECT_NEAR(all[places[i]], expected[i],
                  1e-5 * size + 1e-4 * std::fabs(expected[i]));
    }
  }

  static constexpr int kSamples = 300;
  const int threads = omp_get_max_threads();
  const WinogradShape shape = GetParam();
  const int taps = shape.kernel * shape.kernel;
  const int height = shape.height + 2 * shape.pad - shape.kernel + 1;
  const int width = shape.width + 2 * shape.pad - shape.kernel + 1;
  WinogradWorkspaces workspaces;
  std::unique_ptr<Winograd> winograd;
  std::mt19937 random{7};
  std::normal_distribution<float> normal;
  Floats x = Floats(shape.images * Padded(shape.groups * shape.channels) *
                    shape.height * shape.width);
  Floats dx = x;
  Floats y = Floats(shape.images * Padded(shape.groups * shape.outputs) *
                    height * width);
  Floats dy = y;
  Floats w = Floats(shape.groups * shape.outputs * shape.channels * taps);
  Floats dw = w;
  Floats b = Floats(shape.groups * shape.outputs);
  Floats db = b;
};

TEST_P(WinogradTest, ForwardIsAConvolution) {
  winograd->Forward(x.data(), w.data(), b.data(), 1, y.data());
  std::vector<double> expected;
  std::vector<int> places;
  for (int s = 0; s < kSamples; ++s) {
    const int image = Pick(shape.images), g = Pick(shape.groups);
    const int k = g * shape.outputs + Pick(shape.outputs);
    const int row = Pick(height), column = Pick(width);
    double sum = b[k];
    for (int c = 0; c < shape.channels; ++c) {
      for (int t = 0; t < taps; ++t) {
        const int i = row + t / shape.kernel - shape.pad;
        const int j = column + t % shape.kernel - shape.pad;
        if (i < 0 || j < 0 || i >= shape.height || j >= shape.width) continue;
        sum += double{x[SourceAt(image, g * shape.channels + c, i, j)]} *
               w[(k * shape.channels + c) * taps + t];
      }
    }
    expected.push_back(sum);
    places.push_back(TargetAt(image, k, row, column));
  }
  ExpectNear(y, expected, places);
  ExpectPadding(shape.groups * shape.outputs, height * width, y);

  Floats rectified(y.size());
  winograd->Forward(x.data(), w.data(), b.data(), 0.5f, rectified.data());
  for (size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(rectified[i], (y[i] > 0 ? 1 : 0.5f) * y[i]) << i;
  }
}

TEST_P(WinogradTest, BackwardDataIsItsTranspose) {
  winograd->BackwardData(dy.data(), w.data(), dx.data());
  std::vector<double> expected;
  std::vector<int> places;
  for (int s = 0; s < kSamples; ++s) {
    const int image = Pick(shape.images), g = Pick(shape.groups);
    const int c = Pick(shape.channels);
    const int row = Pick(shape.height), column = Pick(shape.width);
    double sum = 0;
    for (int k = g * shape.outputs; k < (g + 1) * shape.outputs; ++k) {
      for (int t = 0; t < taps; ++t) {
        const int i = row - t / shape.kernel + shape.pad;
        const int j = column - t % shape.kernel + shape.pad;
        if (i < 0 || j < 0 || i >= height || j >= width) continue;
        sum += double{dy[TargetAt(image, k, i, j)]} *
               w[(k * shape.channels + c) * taps + t];
      }
    }
    expected.push_back(sum);
    places.push_back(SourceAt(image, g * shape.channels + c, row, column));
  }
  ExpectNear(dx, expected, places);
  ExpectPadding(shape.groups * shape.channels, shape.height * shape.width, dx);
}

TEST_P(WinogradTest, BackwardWeightsSumsOverAllPixels) {
  winograd->BackwardWeights(x.data(), dy.data(), false, dw.data(), false,
                            db.data());
  std::vector<double> expected, bias(b.size());
  std::vector<int> places, all;
  const auto for_pixels = [&](const std::function<void(int, int, int)>& visit) {
    for (int p = 0; p < shape.images * height * width; ++p) {
      visit(p / (height * width), p / width % height, p % width);
    }
  };
  for (int s = 0; s < kSamples; ++s) {
    const int k = Pick(shape.groups * shape.outputs);
    const int c = Pick(shape.channels), t = Pick(taps);
    const int channel = k / shape.outputs * shape.channels + c;
    double sum = 0;
    for_pixels([&](int image, int row, int column) {
      const int i = row + t / shape.kernel - shape.pad;
      const int j = column + t % shape.kernel - shape.pad;
      if (i < 0 || j < 0 || i >= shape.height || j >= shape.width) return;
      sum += double{x[SourceAt(image, channel, i, j)]} *
             dy[TargetAt(image, k, row, column)];
    });
    expected.push_back(sum);
    places.push_back((k * shape.channels + c) * taps + t);
  }
  ExpectNear(dw, expected, places);

  for (int k = 0; k < shape.groups * shape.outputs; ++k) {
    for_pixels([&](int image, int row, int column) {
      bias[k] += dy[TargetAt(image, k, row, column)];
    });
    all.push_back(k);
  }
  ExpectNear(db, bias, all);
}

TEST_P(WinogradTest, DiffsAddUpWhereAskedTo) {
  winograd->BackwardWeights(x.data(), dy.data(), false, dw.data(), false,
                            db.data());
  Floats twice_w = dw, twice_b = db;
  winograd->BackwardWeights(x.data(), dy.data(), true, twice_w.data(), true,
                            twice_b.data());
  for (size_t i = 0; i < dw.size(); ++i) {
    ASSERT_EQ(twice_w[i], dw[i] + dw[i]) << i;
  }
  for (size_t i = 0; i < db.size(); ++i) {
    ASSERT_NEAR(twice_b[i], db[i] + db[i], 1e-5f) << i;
  }
}

TEST_P(WinogradTest, IsTheSameOnOneThreadAndOnThree) {
  std::vector<Floats> dxs, dws, dbs, ys;
  for (const int n : {1, 3}) {
    omp_set_num_threads(n);
    winograd->Forward(x.data(), w.data(), nullptr, 1, y.data());
    winograd->BackwardData(dy.data(), w.data(), dx.data());
    winograd->BackwardWeights(x.data(), dy.data(), false, dw.data(), false,
                              db.data());
    ys.push_back(y);
    dxs.push_back(dx);
    dws.push_back(dw);
    dbs.push_back(db);
  }
  EXPECT_EQ(ys[0], ys[1]);
  EXPECT_EQ(dxs[0], dxs[1]);
  // The weights' sums are split among the threads.
  std::vector<int> places(dw.size());
  for (size_t i = 0; i < dw.size(); ++i) places[i] = static_cast<int>(i);
  ExpectNear(dws[1], {dws[0].begin(), dws[0].end()}, places);
  places.resize(db.size());
  ExpectNear(dbs[1], {dbs[0].begin(), dbs[0].end()}, places);
}

// images, groups, channels, outputs, height, width, kernel, pad. Of AlexNet's
// and LeNet's depths; with edges that cut tiles, odd numbers of blocks, blocks
// that are not full, every padding.
INSTANTIATE_TEST_SUITE_P(
    Shapes, WinogradTest,
    testing::Values(WinogradShape{10, 2, 192, 128, 13, 13, 3, 1},
                    WinogradShape{7, 1, 256, 384, 13, 13, 3, 1},
                    WinogradShape{2, 2, 48, 128, 27, 27, 5, 2},
                    WinogradShape{7, 1, 20, 50, 12, 12, 5, 0},
                    WinogradShape{7, 1, 37, 17, 13, 14, 3, 1},
                    WinogradShape{7, 1, 48, 80, 14, 17, 3, 0},
                    WinogradShape{30, 2, 32, 32, 5, 7, 3, 2},
                    WinogradShape{1, 1, 32, 48, 33, 37, 3, 1},
                    WinogradShape{9, 3, 32, 48, 9, 16, 5, 1},
                    WinogradShape{12, 1, 48, 32, 8, 7, 5, 0},
                    WinogradShape{1, 1, 32, 48, 25, 26, 5, 3},
                    WinogradShape{21, 1, 32, 32, 6, 5, 5, 4}));

TEST(WinogradMakeTest, RefusesWhatWouldNotPay) {
  WinogradWorkspaces workspaces;
  const auto made = [&](const WinogradShape& shape) {
    return Winograd::Make(shape, &workspaces) != nullptr;
  };
  EXPECT_FALSE(made({4, 1, 64, 64, 13, 13, 3, 1})) << "few tiles";
  EXPECT_FALSE(made({64, 1, 64, 64, 13, 13, 7, 3})) << "another kernel";
  EXPECT_FALSE(made({64, 1, 3, 64, 13, 13, 3, 1})) << "few channels";
  EXPECT_FALSE(made({64, 2, 24, 64, 13, 13, 3, 1})) << "groups not by 16";
  EXPECT_FALSE(made({64, 1, 64, 64, 13, 13, 3, 3})) << "padding alone";
}

}  // namespace
}  // namespace doppio
