#include "layers/embed.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/indices.h"

namespace doppio {

Embed::Embed(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      rows_(param.embed_param().input_dim()),
      length_(param.embed_param().num_output()) {
  Require(rows_ > 0 && length_ > 0, "embed_param has input_dim: ", rows_,
          " and num_output: ", length_, "; both have to be at least 1");
}

LayerTraits Embed::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Embed::Reshape(const Shapes& bottoms) {
  const EmbedParameter& p = param_.embed_param();
  DeclareParam(0, {rows_, length_}, p.weight_filler());
  if (has_bias()) DeclareParam(1, {length_}, p.bias_filler());
  std::vector<int> extents = bottoms[0].extents();
  extents.push_back(length_);
  return {Shape(std::move(extents))};
}

namespace {

class EmbedCpu final : public Embed {
 public:
  using Embed::Embed;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    indices_ = ReadIndices(bottoms[0]->data, rows_, "rows");
    const float* weight = params()[0].blob.data.data();
    const float* bias = has_bias() ? params()[1].blob.data.data() : nullptr;
    float* y = tops[0]->data.data();
    ParallelFor(indices_.size(), length_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float* row = weight + int64_t{indices_[i]} * length_;
        for (int k = 0; k < length_; ++k) {
          y[i * length_ + k] = row[k] + (bias ? bias[k] : 0);
        }
      }
    });
  }

  void Backward(const Blobs& tops, const Blobs&) override {
    const float* dy = tops[0]->diff.data();
    for (Parameter& param : params()) {
      if (param.learns && !param.accumulate) param.blob.diff.Zero();
    }
    if (params()[0].learns) {
      AddRows(dy, params()[0].blob.diff.data(),
              [this](size_t i) { return int64_t{indices_[i]} * length_; });
    }
    if (has_bias() && params()[1].learns) {
      AddRows(dy, params()[1].blob.diff.data(), [](size_t) { return 0; });
    }
  }

 private:
  // Adds each row of dy to the row at place(i). Threads share out the columns,
  // as several rows may go to one place.
  template <typename Place>
  void AddRows(const float* dy, float* diff, Place place) const {
    ParallelFor(length_, indices_.size(), [&](int64_t begin, int64_t end) {
      for (size_t i = 0; i < indices_.size(); ++i) {
        float* row = diff + place(i);
        for (int64_t k = begin; k < end; ++k) row[k] += dy[i * length_ + k];
      }
    });
  }

  std::vector<int> indices_;  // of the last Forward
};

const RegisterLayer<EmbedCpu> kEmbedCpu("Embed", Device::kCpu);

}  // namespace
}  // namespace doppio
