#include "solver/evaluation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "solver/epochs.h"

namespace doppio {
namespace {

// A per-class accuracy is worth reading, a batch of images is not.
constexpr size_t kShownValues = 16;

void Add(const std::vector<float>& values, double weight,
         std::vector<double>* sums) {
  sums->resize(std::max(sums->size(), values.size()));
  for (size_t i = 0; i < values.size(); ++i) (*sums)[i] += weight * values[i];
}

std::vector<float> Means(const std::vector<double>& sums, double weights) {
  std::vector<float> means;
  for (const double sum : sums) {
    means.push_back(static_cast<float>(sum / weights));
  }
  return means;
}

// A batch's share of the first one, so that batches of one size count 1.
double Weight(int64_t batch, int64_t first) {
  return first == 0 || batch == first ? 1 : static_cast<double>(batch) / first;
}

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
  Evaluation result;
  std::vector<std::vector<double>> sums(net->outputs().size());
  double loss = 0, weights = 0;
  int64_t first = 0;
  for (int batch = 0; batch < batches; ++batch) {
    if (stop && stop()) return {{}, 0, false};
    const float batch_loss = net->Forward();
    if (batch == 0) first = BatchSize(*net);
    const double weight = Weight(BatchSize(*net), first);
    loss += weight * batch_loss;
    weights += weight;
    result.scores = Scores(*net);
    for (size_t i = 0; i < sums.size(); ++i) {
      Add(result.scores[i].values, weight, &sums[i]);
    }
  }
  for (size_t i = 0; i < result.scores.size(); ++i) {
    result.scores[i].values = Means(sums[i], weights);
  }
  if (batches > 0) result.loss = static_cast<float>(loss / weights);
  return result;
}

}  // namespace doppio
