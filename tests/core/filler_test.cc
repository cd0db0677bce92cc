#include "core/filler.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "doppio/error.h"

namespace doppio {
namespace {

using Values = std::vector<float>;

Values Filled(const std::string& filler, const Shape& shape) {
  FillerParameter param;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(filler, &param));
  Values values(shape.count());
  Fill(param, shape, RandomStream(1, Draw::kFiller, 0), values.data());
  return values;
}

std::string FillError(const std::string& filler, const Shape& shape) {
  try {
    Filled(filler, shape);
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

double Mean(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / values.size();
}

double Deviation(const Values& values) {
  const double mean = Mean(values);
  double squares = 0;
  for (const float v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / values.size());
}

float Least(const Values& values) {
  return *std::min_element(values.begin(), values.end());
}
float Most(const Values& values) {
  return *std::max_element(values.begin(), values.end());
}

TEST(FillerTest, ConstantIsTheDefaultAndZero) {
  EXPECT_EQ(Filled("", {2, 2}), Values({0, 0, 0, 0}));
  EXPECT_EQ(Filled("type: 'constant' value: 0.5", Shape()), Values({0.5}));
}

TEST(FillerTest, UniformFillsItsInterval) {
  const Values values = Filled("type: 'uniform' min: 1 max: 3", {100, 100});
  EXPECT_GE(Least(values), 1);
  EXPECT_LT(Least(values), 1.01);
  EXPECT_LE(Most(values), 3);
  EXPECT_GT(Most(values), 2.99);
  EXPECT_NEAR(Mean(values), 2, 0.03);
  EXPECT_NEAR(Deviation(values), 2 / std::sqrt(12), 0.015);
  EXPECT_EQ(FillError("type: 'uniform' min: 2", {1}),
            "the uniform filler has min: 2 above max: 1");
}

TEST(FillerTest, GaussianHasItsMeanAndDeviation) {
  const Values values = Filled("type: 'gaussian' mean: 5 std: 0.1", {100, 100});
  EXPECT_NEAR(Mean(values), 5, 0.005);
  EXPECT_NEAR(Deviation(values), 0.1, 0.004);
}

TEST(FillerTest, SparseGaussianLeavesSomeInputsPerOutput) {
  const Values values = Filled("type: 'gaussian' sparse: 10", {50, 200});
  const auto kept = values.size() - std::count(values.begin(), values.end(), 0);
  // With probability 10 / 50; the standard error is 0.004.
  EXPECT_NEAR(kept / double(values.size()), 0.2, 0.016);
  // Those that stay are still standard normal.
  EXPECT_NEAR(Deviation(values), std::sqrt(0.2), 0.025);
  EXPECT_EQ(Filled("type: 'gaussian' sparse: 0", {3}), Values({0, 0, 0}));
  EXPECT_EQ(Filled("type: 'gaussian' sparse: -2", {3}),
            Filled("type: 'gaussian'", {3}));
  EXPECT_EQ(FillError("type: 'gaussian' sparse: 1", Shape()),
            "a sparse filler needs at least one axis");
  EXPECT_EQ(FillError("type: 'xavier' sparse: 1", {2, 2}),
            "only the gaussian filler can be sparse, not xavier");
}

TEST(FillerTest, PositiveUnitballRowsSumToOne) {
  const Values values = Filled("type: 'positive_unitball'", {5, 4, 3});
  EXPECT_GT(Least(values), 0);
  for (auto row = values.begin(); row != values.end(); row += 12) {
    EXPECT_NEAR(std::accumulate(row, row + 12, 0.f), 1, 1e-5);
  }
  EXPECT_EQ(Filled("type: 'positive_unitball'", {2}), Values({1, 1}));
}

// Blobs of 40 x 10 x 5 x 5: 250 inputs, 1000 outputs, 625 on average.
TEST(FillerTest, XavierDividesByTheFanAskedFor) {
  const std::pair<const char*, double> kFans[] = {
      {"", 250},
      {"variance_norm: FAN_OUT", 1000},
      {"variance_norm: AVERAGE", 625}};
  for (const auto& [norm, fan] : kFans) {
    const Values values =
        Filled(std::string("type: 'xavier' ") + norm, {40, 10, 5, 5});
    const double limit = std::sqrt(3 / fan);
    EXPECT_LE(Most(values), limit);
    EXPECT_GT(Most(values), 0.99 * limit);
    EXPECT_GE(Least(values), -limit);
    EXPECT_LT(Least(values), -0.99 * limit);
    EXPECT_NEAR(Mean(values), 0, 0.03 * limit);
    EXPECT_NEAR(Deviation(values), std::sqrt(1 / fan), 0.02 * limit);
  }
}

TEST(FillerTest, MsraDividesByTheFanAskedFor) {
  const std::pair<const char*, double> kFans[] = {
      {"", 250},
      {"variance_norm: FAN_OUT", 1000},
      {"variance_norm: AVERAGE", 625}};
  for (const auto& [norm, fan] : kFans) {
    const Values values =
        Filled(std::string("type: 'msra' ") + norm, {40, 10, 5, 5});
    const double deviation = std::sqrt(2 / fan);
    EXPECT_NEAR(Mean(values), 0, 0.04 * deviation);
    EXPECT_NEAR(Deviation(values), deviation, 0.03 * deviation);
    EXPECT_GT(Most(values), 3 * deviation) << "as only a Gaussian would";
  }
}

TEST(FillerTest, AVectorHasOneInputAndAsManyOutputs) {
  EXPECT_LE(Most(Filled("type: 'xavier' variance_norm: FAN_OUT", {300})), 0.1);
  EXPECT_GT(Most(Filled("type: 'xavier'", {300})), 1);
}

TEST(FillerTest, BilinearInterpolatesByTheFactorOfItsKernel) {
  // A kernel of 4 enlarges twofold: 1/4 3/4 3/4 1/4 in each direction.
  const Values row = {0.25, 0.75, 0.75, 0.25};
  const Values values = Filled("type: 'bilinear'", {2, 1, 4, 4});
  for (int i = 0; i < 32; ++i) {
    EXPECT_FLOAT_EQ(values[i], row[i / 4 % 4] * row[i % 4]) << i;
  }
}

// With f = ceil(size / 2) and c = (size - 1) / (2 f), as Caffe has them.
TEST(FillerTest, BilinearIsSymmetricWhateverItsKernel) {
  const std::vector<Values> rows = {
      {1},
      {0.5, 0.5},
      {0.5, 1, 0.5},
      {1 / 3.f, 2 / 3.f, 1, 2 / 3.f, 1 / 3.f},
      {1 / 6.f, 0.5, 5 / 6.f, 5 / 6.f, 0.5, 1 / 6.f}};
  for (const Values& row : rows) {
    const int size = row.size();
    const Values values = Filled("type: 'bilinear'", {1, 1, size, size});
    for (int i = 0; i < size * size; ++i) {
      EXPECT_NEAR(values[i], row[i / size] * row[i % size], 1e-6)
          << i << " of " << size;
    }
  }
}

TEST(FillerTest, BilinearNeedsASquareKernel) {
  EXPECT_EQ(FillError("type: 'bilinear'", {1, 1, 2, 3}),
            "the bilinear filler needs square kernels, not 1x1x2x3");
  EXPECT_EQ(FillError("type: 'bilinear'", {2, 2}),
            "the bilinear filler needs square kernels, not 2x2");
}

TEST(FillerTest, AnUnknownTypeGetsTheNearest) {
  EXPECT_EQ(FillError("type: 'Xaver'", {1}),
            "unknown filler \"Xaver\"; did you mean \"xavier\"?");
}

TEST(FillerTest, ValuesDoNotDependOnTheNumberOfThreads) {
  const int before = omp_get_max_threads();
  for (const char* filler : {"type: 'uniform'", "type: 'gaussian' sparse: 5"}) {
    omp_set_num_threads(1);
    const Values one = Filled(filler, {13, 77});
    omp_set_num_threads(3);
    EXPECT_EQ(Filled(filler, {13, 77}), one) << filler;
  }
  omp_set_num_threads(before);
}

TEST(FillerTest, EmptyBlobsStayEmpty) {
  for (const char* type : {"constant", "uniform", "gaussian",
                           "positive_unitball", "xavier", "msra"}) {
    EXPECT_TRUE(Filled(std::string("type: '") + type + "'", {2, 0}).empty());
  }
}

}  // namespace
}  // namespace doppio
