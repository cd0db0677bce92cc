#pragma once

#include <vector>

#include "doppio/net.h"

namespace doppio {

// The means of a net's outputs over several batches, element by element. A
// batch counts for its share of the first one's images, so that one that was
// cut short counts less.
class OutputMeans {
 public:
  // After the net's Forward, which gave `loss`.
  void Add(const Net& net, float loss);

  int64_t images() const { return images_; }
  double loss() const { return loss_.value / loss_.weight; }
  // Of the output of this number.
  std::vector<double> Of(size_t output) const;

 private:
  struct Sum {
    void Add(double value, double weight);
    double value = 0;
    double weight = 0;
  };

  std::vector<std::vector<Sum>> outputs_;
  Sum loss_;
  int64_t images_ = 0;
  int64_t first_ = 0;  // images of the first batch
};

}  // namespace doppio
