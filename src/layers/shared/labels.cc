#include "layers/shared/labels.h"

#include <cmath>
#include <string>

#include "doppio/error.h"

namespace doppio {
namespace {

// "label 12 of sample 3 is not one of the 10 classes (0..9)"
Error NoSuchClass(const AxisView& view, float label, int64_t position) {
  std::string where = " of sample " + std::to_string(position / view.inner);
  if (view.inner > 1) {
    where += ", position " + std::to_string(position % view.inner) + ",";
  }
  return Error("label ", label, where, " is not one of the ", view.extent,
               " classes (0..", view.extent - 1, ")");
}

}  // namespace

AxisView ViewClassesOfImages(const Shape& scores) {
  Require(scores.axes() >= 1, "needs scores with axes, not a scalar");
  return AxisView({scores[0], static_cast<int>(scores.count(1))}, 1);
}

std::vector<int> ReadLabels(const AxisView& view, const Tensor& labels,
                            std::optional<int> ignored) {
  const float* values = labels.data();
  std::vector<int> result(labels.count(), kIgnored);
  for (size_t i = 0; i < result.size(); ++i) {
    const float label = values[i];
    if (ignored && label == static_cast<float>(*ignored)) continue;
    const bool is_class =
        label >= 0 && label < view.extent && label == std::floor(label);
    if (!is_class) throw NoSuchClass(view, label, i);
    result[i] = static_cast<int>(label);
  }
  return result;
}

void CheckLabels(const AxisView& view, const Shape& scores,
                 const Shape& labels) {
  Require(view.positions() == labels.count(), "scores of shape ", scores,
          " need ", view.positions(), " labels, but the second bottom is ",
          labels, "; is `axis` that of the classes?");
}

LossParameter::NormalizationMode NormalizationOf(
    const LossParameter& param, LossParameter::NormalizationMode otherwise) {
  if (param.has_normalization()) return param.normalization();
  if (!param.has_normalize()) return otherwise;
  return param.normalize() ? LossParameter::VALID : LossParameter::BATCH_SIZE;
}

}  // namespace doppio
