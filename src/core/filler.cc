#include "core/filler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "core/edit_distance.h"
#include "doppio/error.h"

namespace doppio {
namespace {

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

void Uniform(float low, float high, int64_t count, const RandomStream& random,
             float* values) {
  ForEachDraw(count, random, [&](int64_t i, const RandomBlock& b, int lane) {
    values[i] = low + (high - low) * b.Uniform(lane);
  });
}

void Gaussian(float mean, float deviation, int64_t count,
              const RandomStream& random, float* values) {
  ForEachDraw(count, random, [&](int64_t i, const RandomBlock& b, int lane) {
    values[i] = mean + deviation * b.Gaussian(lane);
  });
}

// Keeps each weight with a probability that leaves about `sparse` of those that
// lead away from each input, when axis 0 counts the outputs.
void Thin(int sparse, const Shape& shape, const RandomStream& random,
          float* values) {
  Require(shape.axes() >= 1, "a sparse filler needs at least one axis");
  const float keep = static_cast<float>(sparse) / shape[0];
  // Numbers past those that made the values.
  const int64_t start = (shape.count() + 3) / 4 * 4;
  for (int64_t i = 0; i < shape.count(); ++i) {
    if (random.Uniform(start + i) >= keep) values[i] = 0;
  }
}

// Each row (axis 0) sums to 1.
void NormalizeRows(const Shape& shape, float* values) {
  const int64_t row = shape.count(1);
  for (float* at = values; at != values + shape.count(); at += row) {
    const float sum = std::accumulate(at, at + row, 0.f);
    for (float* v = at; v != at + row; ++v) *v /= sum;
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
void Bilinear(const Shape& shape, float* values) {
  Require(shape.axes() == 4 && shape[2] == shape[3],
          "the bilinear filler needs square kernels, not ", shape);
  const int size = shape[3];
  const int factor = (size + 1) / 2;
  const float centre = (size - 1) / (2.f * factor);
  for (int64_t i = 0; i < shape.count(); ++i) {
    const float x = i % size;
    const float y = i / size % size;
    values[i] = (1 - std::fabs(x / factor - centre)) *
                (1 - std::fabs(y / factor - centre));
  }
}

}  // namespace

void Fill(const FillerParameter& filler, const Shape& shape,
          const RandomStream& random, float* values) {
  const std::string& type = filler.type();
  const int64_t count = shape.count();
  Require(filler.sparse() < 0 || type == "gaussian",
          "only the gaussian filler can be sparse, not ", type);
  if (type == "constant") {
    std::fill_n(values, count, filler.value());
  } else if (type == "uniform") {
    Require(filler.min() <= filler.max(),
            "the uniform filler has min: ", filler.min(),
            " above max: ", filler.max());
    Uniform(filler.min(), filler.max(), count, random, values);
  } else if (type == "gaussian") {
    Gaussian(filler.mean(), filler.std(), count, random, values);
    if (filler.sparse() >= 0) Thin(filler.sparse(), shape, random, values);
  } else if (type == "positive_unitball") {
    // From (0, 1], so that no row sums to 0.
    Uniform(1, 0, count, random, values);
    NormalizeRows(shape, values);
  } else if (type == "xavier") {
    const float limit = std::sqrt(3 / Fan(filler, shape));
    Uniform(-limit, limit, count, random, values);
  } else if (type == "msra") {
    Gaussian(0, std::sqrt(2 / Fan(filler, shape)), count, random, values);
  } else if (type == "bilinear") {
    Bilinear(shape, values);
  } else {
    const std::vector<std::string> known = {
        "constant", "uniform", "gaussian", "positive_unitball",
        "xavier",   "msra",    "bilinear"};
    throw Error("unknown filler \"", type, "\"", Suggestion(type, known));
  }
}

void Fill(const FillerParameter& filler, const RandomStream& random,
          Tensor* tensor) {
  if (tensor->device() == Device::kCpu && !tensor->layout()) {
    // In its place, since a large tensor's copy would double what a net needs.
    Fill(filler, tensor->shape(), random, tensor->data());
    return;
  }
  std::vector<float> values(tensor->count());
  Fill(filler, tensor->shape(), random, values.data());
  tensor->CopyFrom(values);
}

}  // namespace doppio
