#include "layers/shared/loading_layer.h"

#include "device/onednn.h"
#include "doppio/error.h"

namespace doppio {

LayerTraits LoadingLayer::traits() const {
  LayerTraits traits;
  traits.min_bottoms = traits.max_bottoms = 0;
  traits.max_tops = 2;
  traits.shares_data = true;
  traits.backward_reads_tops = false;
  return traits;
}

Loader::Options LoadingLayer::LoaderOptions(uint32_t batch_size) const {
  Loader::Options options;
  options.layer = name();
  options.batch_size = static_cast<int>(batch_size);
  // Caffe's ImageData takes this field of data_param too.
  options.prefetch = static_cast<int>(param_.data_param().prefetch());
  options.seed = context().seed();
  options.rank = context().rank();
  options.ranks = context().ranks();
  options.threads = context().loader_threads();
  if (context().libraries().cuda) options.allocate = PinnedAllocator();
  return options;
}

Loader& LoadingLayer::loader() {
  if (!loader_) loader_ = Open();
  return *loader_;
}

Shapes LoadingLayer::Reshape(const Shapes&) {
  Shape labels;
  const Shape data = loader().NextShape(&labels);
  if (top_count() == 1) return {data};
  return {data, labels};
}

void LoadingLayer::Forward(const Blobs&, const Blobs& tops) {
  Batch batch = loader().Next();
  tops[0]->data = std::move(batch.data);
  if (tops.size() > 1) tops[1]->data = std::move(batch.labels);
}

int64_t LoadingLayer::position() const {
  return loader_ ? loader_->position() : 0;
}

void LoadingLayer::Seek(int64_t position) { loader().Seek(position); }

}  // namespace doppio
