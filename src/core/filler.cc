#include "core/filler.h"

#include <cmath>
#include <numeric>

#include "core/edit_distance.h"
#include "doppio/error.h"

namespace doppio {
namespace {

using Values = std::vector<float>;

// Calls set(i, block, lane) for each element, so that element i gets the i-th
// number of the stream whatever the number of threads.
template <typename Set>
void ForEachDraw(int64_t count, const RandomStream& random, Set set) {
#pragma omp parallel for
  for (int64_t block = 0; block < (count + 3) / 4; ++block) {
    const RandomBlock numbers = random.Block(block);
    for (int lane = 0; lane < 4 && 4 * block + lane < count; ++lane) {
      set(4 * block + lane, numbers, lane);
    }
  }
}

Values Uniform(float low, float high, int64_t count,
               const RandomStream& random) {
  Values values(count);
  ForEachDraw(count, random, [&](int64_t i, const RandomBlock& b, int lane) {
    values[i] = low + (high - low) * b.Uniform(lane);
  });
  return values;
}

Values Gaussian(float mean, float deviation, int64_t count,
                const RandomStream& random) {
  Values values(count);
  ForEachDraw(count, random, [&](int64_t i, const RandomBlock& b, int lane) {
    values[i] = mean + deviation * b.Gaussian(lane);
  });
  return values;
}

// Keeps each weight with a probability that leaves every output about `sparse`
// inputs, when axis 0 counts the outputs.
void Thin(int sparse, const Shape& shape, const RandomStream& random,
          Values* values) {
  Require(shape.axes() >= 1, "a sparse filler needs at least one axis");
  const float keep = static_cast<float>(sparse) / shape[0];
  // Numbers past those that made the values.
  const uint64_t start = (values->size() + 3) / 4 * 4;
  for (size_t i = 0; i < values->size(); ++i) {
    if (random.Uniform(start + i) >= keep) (*values)[i] = 0;
  }
}

// Each row (axis 0) sums to 1.
void NormalizeRows(const Shape& shape, Values* values) {
  const int64_t row = shape.count(1);
  for (auto at = values->begin(); at != values->end(); at += row) {
    const float sum = std::accumulate(at, at + row, 0.f);
    for (auto v = at; v != at + row; ++v) *v /= sum;
  }
}

// The n of Glorot and Bengio (2010) and of He et al. (2015): how many inputs or
// outputs meet in a unit.
float Fan(const FillerParameter& filler, const Shape& shape) {
  const float count = shape.count();
  const float in = shape.axes() > 0 ? count / shape[0] : count;
  const float out = shape.axes() > 1 ? count / shape[1] : count;
  switch (filler.variance_norm()) {
    case FillerParameter::AVERAGE:
      return (in + out) / 2;
    case FillerParameter::FAN_OUT:
      return out;
    default:
      return in;
  }
}

// Weights with which a Deconvolution interpolates linearly in both directions.
Values Bilinear(const Shape& shape) {
  Require(shape.axes() == 4 && shape[2] == shape[3],
          "the bilinear filler needs square kernels, not ", shape);
  const int size = shape[3];
  const int factor = (size + 1) / 2;
  const float centre = (size - 1) / (2.f * factor);
  Values values(shape.count());
  for (size_t i = 0; i < values.size(); ++i) {
    const float x = i % size;
    const float y = i / size % size;
    values[i] = (1 - std::fabs(x / factor - centre)) *
                (1 - std::fabs(y / factor - centre));
  }
  return values;
}

}  // namespace

std::vector<float> Fill(const FillerParameter& filler, const Shape& shape,
                        const RandomStream& random) {
  const std::string& type = filler.type();
  const int64_t count = shape.count();
  Require(filler.sparse() < 0 || type == "gaussian",
          "only the gaussian filler can be sparse, not ", type);
  if (type == "constant") return Values(count, filler.value());
  if (type == "uniform") {
    Require(filler.min() <= filler.max(),
            "the uniform filler has min: ", filler.min(),
            " above max: ", filler.max());
    return Uniform(filler.min(), filler.max(), count, random);
  }
  if (type == "gaussian") {
    Values values = Gaussian(filler.mean(), filler.std(), count, random);
    if (filler.sparse() >= 0) Thin(filler.sparse(), shape, random, &values);
    return values;
  }
  if (type == "positive_unitball") {
    // From (0, 1], so that no row sums to 0.
    Values values = Uniform(1, 0, count, random);
    NormalizeRows(shape, &values);
    return values;
  }
  if (type == "xavier") {
    const float limit = std::sqrt(3 / Fan(filler, shape));
    return Uniform(-limit, limit, count, random);
  }
  if (type == "msra") {
    return Gaussian(0, std::sqrt(2 / Fan(filler, shape)), count, random);
  }
  if (type == "bilinear") return Bilinear(shape);
  const std::vector<std::string> known = {
      "constant", "uniform", "gaussian", "positive_unitball",
      "xavier",   "msra",    "bilinear"};
  throw Error("unknown filler \"", type, "\"; did you mean \"",
              Nearest(type, known), "\"?");
}

}  // namespace doppio
