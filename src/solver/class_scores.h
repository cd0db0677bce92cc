#pragma once

#include <optional>

#include "doppio/net.h"
#include "layers/shared/loading_layer.h"
#include "solver/classification.h"

namespace doppio {

// Looks on while a net of classes runs its tests, at what its first Accuracy or
// SoftmaxWithLoss layer reads: the scores, N x C, and the labels, N.
class ClassScores {
 public:
  // Whether the net has such a layer, and reads by a Data or ImageData layer.
  static bool Has(const Net& net);

  // Becomes the net's observer; both must outlive the runs. Each `crops` rows
  // are one image, whose probabilities are averaged. Images of the label that
  // the layer ignores do not count.
  ClassScores(Net* net, int crops, int worst, bool confusion);

  const Classification& result() const { return result_; }
  LoadingLayer& data() const { return *data_; }

 private:
  void Take(const Blobs& bottoms);

  LoadingLayer* const data_;
  const Layer* const reader_;
  const bool probabilities_;  // rather than scores before a softmax
  const int crops_;
  const std::optional<int> ignored_;  // label
  Classification result_;
};

// Lets the net's data layers make so many crops of each image; their batches
// become multiples of that.
void TakeCrops(int crops, NetParameter* net);

}  // namespace doppio
