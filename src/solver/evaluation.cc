#include "solver/evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "solver/output_means.h"

namespace doppio {
namespace {

// A per-class accuracy is worth reading, a batch of images is not.
constexpr size_t kShownValues = 16;

std::string ToString(const Score& score) {
  std::ostringstream out;
  const size_t count = score.values.size();
  for (size_t i = 0; i < std::min(count, kShownValues); ++i) {
    out << (i ? ", " : "") << score.name;
    if (count > 1) out << "[" << i << "]";
    out << " " << FormatValue(score.values[i]);
  }
  if (count > kShownValues) out << ", " << count - kShownValues << " more";
  if (score.loss_weight != 0 && score.loss_weight != 1) {
    out << " (counts times " << score.loss_weight << ")";
  }
  return out.str();
}

}  // namespace

std::string FormatValue(double value) {
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-3 && size < 1e5);
  char text[32];
  std::snprintf(text, sizeof text, plain ? "%.4f" : "%.4g", value);
  return text;
}

std::vector<Score> Scores(const Net& net) {
  std::vector<Score> scores;
  for (const Output& output : net.outputs()) {
    const Blob& blob = net.places().at(output.place).blob;
    scores.push_back({output.name, blob.data.ToVector(), output.loss_weight});
  }
  return scores;
}

std::string ToString(const std::vector<Score>& scores) {
  std::string text;
  for (const Score& score : scores) {
    text += (text.empty() ? "" : ", ") + ToString(score);
  }
  return text;
}

Evaluation Evaluate(Net* net, int batches, const std::function<bool()>& stop) {
  OutputMeans means;
  for (int batch = 0; batch < batches; ++batch) {
    if (stop && stop()) return {{}, 0, false};
    const float loss = net->Forward();
    means.Add(*net, loss);
  }
  Evaluation result;
  if (batches == 0) return result;
  result.scores = Scores(*net);
  for (size_t i = 0; i < result.scores.size(); ++i) {
    const std::vector<double> values = means.Of(i);
    result.scores[i].values.assign(values.begin(), values.end());
  }
  result.loss = static_cast<float>(means.loss());
  return result;
}

}  // namespace doppio
