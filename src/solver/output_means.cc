#include "solver/output_means.h"

#include <algorithm>

#include "solver/epochs.h"

namespace doppio {

void OutputMeans::Sum::Add(double added, double its_weight) {
  value += its_weight * added;
  weight += its_weight;
}

void OutputMeans::Add(const Net& net, float loss) {
  const int64_t batch = BatchSize(net);
  if (images_ == 0) first_ = batch;
  images_ += batch;
  const double weight = first_ == 0 ? 1 : static_cast<double>(batch) / first_;
  loss_.Add(loss, weight);
  outputs_.resize(net.outputs().size());
  for (size_t o = 0; o < outputs_.size(); ++o) {
    const Place& place = net.places()[net.outputs()[o].place];
    const std::vector<float> values = place.blob.data.ToVector();
    std::vector<Sum>& sums = outputs_[o];
    sums.resize(std::max(sums.size(), values.size()));
    for (size_t i = 0; i < values.size(); ++i) sums[i].Add(values[i], weight);
  }
}

std::vector<double> OutputMeans::Of(size_t output) const {
  std::vector<double> means;
  for (const Sum& sum : outputs_.at(output)) {
    means.push_back(sum.value / sum.weight);
  }
  return means;
}

}  // namespace doppio
