#include "solver/epochs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "doppio/error.h"
#include "layers/shared/loading_layer.h"

namespace doppio {
namespace {

LoadingLayer* FirstLoadingLayer(const Net& net) {
  for (const Step& step : net.steps()) {
    auto* layer = dynamic_cast<LoadingLayer*>(step.layer.get());
    if (layer != nullptr) return layer;
  }
  return nullptr;
}

// Whether an epoch ends with a batch of what is left of it.
bool CutsLastBatch(const Net& net) {
  const LayerParameter& param = FirstLoadingLayer(net)->param();
  return param.data_param().cut_last_batch() ||
         param.image_data_param().cut_last_batch();
}

int Iterations(double epochs, double images_per_epoch,
               double images_per_iteration) {
  const double exact = epochs * images_per_epoch / images_per_iteration;
  Require(exact < std::numeric_limits<int>::max(), epochs, " epochs are ",
          exact, " iterations, which is too many");
  // Rounding errors should not make one more of a whole number.
  return std::max(1, static_cast<int>(std::ceil(exact - 1e-3)));
}

void RequireOne(bool epochs, bool iterations, const char* epochs_name,
                const char* iterations_name) {
  Require(!epochs || !iterations, iterations_name, " and ", epochs_name,
          " say the same in iterations and in epochs; keep one");
}

}  // namespace

int64_t EpochSize(const Net& net) {
  LoadingLayer* layer = FirstLoadingLayer(net);
  return layer == nullptr ? 0 : layer->loader().epoch_size();
}

int64_t BatchSize(const Net& net) {
  const Layer* const loading = FirstLoadingLayer(net);
  for (const Step& step : net.steps()) {
    if (!step.bottoms.empty() || step.tops.empty()) continue;
    if (loading != nullptr && step.layer.get() != loading) continue;
    const Shape& shape = net.places()[step.tops[0]].shape;
    return shape.axes() > 0 ? shape[0] : 0;
  }
  return 0;
}

void CountEpochs(const Net& train, int64_t per_iteration,
                 SolverParameter* param) {
  if (param->max_epochs() == 0 && param->test_interval_epochs() == 0 &&
      param->snapshot_epochs() == 0) {
    return;
  }
  const int64_t images = EpochSize(train);
  Require(images > 0,
          "the solver counts in epochs, which needs a training net that reads "
          "by a Data or ImageData layer");
  const auto iterations = [&](float epochs) {
    if (CutsLastBatch(train)) {
      return Iterations(epochs, BatchesOfWholeSet(train), param->iter_size());
    }
    return Iterations(epochs, images, per_iteration);
  };
  if (param->max_epochs() > 0)
    param->set_max_iter(iterations(param->max_epochs()));
  if (param->test_interval_epochs() > 0) {
    param->set_test_interval(iterations(param->test_interval_epochs()));
  }
  if (param->snapshot_epochs() > 0) {
    param->set_snapshot(iterations(param->snapshot_epochs()));
  }
}

int BatchesOfWholeSet(const Net& net) {
  LoadingLayer* layer = FirstLoadingLayer(net);
  Require(layer != nullptr,
          "test_whole_set needs a test net that reads by a Data or ImageData "
          "layer; test_iter says the batches for others");
  const int64_t batch = layer->loader().batch_size();
  return static_cast<int>((layer->loader().epoch_size() + batch - 1) / batch);
}

void CutLastBatches(NetParameter* net) {
  for (LayerParameter& layer : *net->mutable_layer()) {
    if (layer.type() == "Data") {
      layer.mutable_data_param()->set_cut_last_batch(true);
    } else if (layer.type() == "ImageData") {
      layer.mutable_image_data_param()->set_cut_last_batch(true);
    }
  }
}

void SeekEpoch(Net* net) {
  for (const Step& step : net->steps()) {
    auto* layer = dynamic_cast<LoadingLayer*>(step.layer.get());
    if (layer == nullptr) continue;
    const int64_t over = layer->position() % layer->loader().epoch_size();
    if (over != 0) layer->Seek(layer->position() - over);
  }
}

void CheckEpochs(const SolverParameter& param) {
  RequireOne(param.has_max_epochs(), param.has_max_iter(), "max_epochs",
             "max_iter");
  RequireOne(param.has_test_interval_epochs(), param.has_test_interval(),
             "test_interval_epochs", "test_interval");
  RequireOne(param.has_snapshot_epochs(), param.has_snapshot(),
             "snapshot_epochs", "snapshot");
  Require(param.max_epochs() >= 0 && param.test_interval_epochs() >= 0 &&
              param.snapshot_epochs() >= 0,
          "max_epochs, test_interval_epochs and snapshot_epochs cannot be "
          "negative");
}

}  // namespace doppio
