#pragma once

#include <optional>
#include <vector>

#include "layers.pb.h"
#include "layers/shared/axis.h"

namespace doppio {

// What stands for a label that doesn't count.
constexpr int kIgnored = -1;

// What losses that take the logarithm of given probabilities keep them from
// falling below.
constexpr float kSmallestProbability = 1e-20f;

// Scores N x ... with all that belongs to an image as its classes.
AxisView ViewClassesOfImages(const Shape& scores);

// The label of each position of the scores, whose classes lie along view's
// axis. Throws Error for a label that is neither a class nor `ignored`.
std::vector<int> ReadLabels(const AxisView& view, const Tensor& labels,
                            std::optional<int> ignored);

// Throws Error unless there is a label for each position.
void CheckLabels(const AxisView& view, const Shape& scores,
                 const Shape& labels);

// The normalization that a loss asks for, be it by the older field.
LossParameter::NormalizationMode NormalizationOf(
    const LossParameter& param,
    LossParameter::NormalizationMode otherwise = LossParameter::VALID);

// What a loss is divided by; `counted` of its positions are not ignored. At
// least 1, so that a batch without any label costs nothing.
constexpr float Normalizer(LossParameter::NormalizationMode mode,
                           const AxisView& view, int64_t counted) {
  const int64_t n = mode == LossParameter::FULL         ? view.positions()
                    : mode == LossParameter::VALID      ? counted
                    : mode == LossParameter::BATCH_SIZE ? view.outer
                                                        : 1;
  return static_cast<float>(n > 1 ? n : 1);
}

}  // namespace doppio
