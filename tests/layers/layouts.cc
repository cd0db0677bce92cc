#include "layers/layouts.h"

#include <algorithm>

#include "device/onednn.h"
#include "layers/shared/storage.h"

namespace doppio {
namespace {

void Move(const LayoutPtr& layout, Tensor* tensor) {
  if (tensor->empty()) return;
  Tensor moved(tensor->shape(), tensor->device(), layout);
  moved.CopyFrom(*tensor);
  *tensor = moved;
}

// Another value for each element of the tops' diffs.
void FillTopDiffs(LayerRun* run) {
  for (size_t t = 0; t < run->tops.size(); ++t) {
    Tensor& diff = run->tops[t].diff;
    diff.CopyFrom(DistinctValues(diff.count(), 7 + t));
  }
}

void ExpectPaddingIsZero(const Tensor& tensor) {
  if (!tensor.layout() || !tensor.layout()->padded()) return;
  const float* stored = Stored(tensor);
  const int64_t zeros = std::count(stored, stored + StoredCount(tensor), 0.f);
  const std::vector<float> values = tensor.ToVector();
  const int64_t own_zeros = std::count(values.begin(), values.end(), 0.f);
  EXPECT_EQ(zeros - own_zeros, StoredCount(tensor) - tensor.count())
      << tensor.layout()->name();
}

}  // namespace

void Relayout(LayerRun* run, const Layouts& arriving) {
  const LayoutPlan plan = run->layer->PlanLayouts(arriving);
  for (size_t i = 0; i < run->bottoms.size(); ++i) {
    Move(plan.bottoms[i], &run->bottoms[i].data);
    Move(plan.bottoms[i], &run->bottoms[i].diff);
  }
  for (size_t i = 0; i < run->tops.size(); ++i) {
    Move(plan.tops[i], &run->tops[i].data);
    Move(plan.tops[i], &run->tops[i].diff);
  }
}

LayoutPtr ExpectSameBlocked(const std::string& text,
                            const std::vector<Values>& bottoms,
                            int channels_per_block) {
  LayerRun plain(text, bottoms);
  LayerRun blocked(text, bottoms);
  Layouts layouts;
  for (const Values& bottom : bottoms) {
    layouts.push_back(
        ChannelBlocked(plain.context, bottom.shape, channels_per_block));
  }
  Relayout(&blocked, layouts);
  plain.Forward();
  blocked.Forward();
  for (size_t t = 0; t < plain.tops.size(); ++t) {
    ExpectNear(blocked.Top(t), plain.Top(t), 1e-6f, 1e-6f);
    ExpectPaddingIsZero(blocked.tops[t].data);
  }
  FillTopDiffs(&plain);
  FillTopDiffs(&blocked);
  plain.Backward();
  blocked.Backward();
  for (size_t b = 0; b < plain.bottoms.size(); ++b) {
    if (plain.bottoms[b].diff.empty()) continue;
    ExpectNear(blocked.BottomDiff(b), plain.BottomDiff(b), 1e-6f, 1e-6f);
    ExpectPaddingIsZero(blocked.bottoms[b].diff);
  }
  return blocked.tops[0].data.layout();
}

void ExpectSameInPlace(const std::string& text, const Values& bottom,
                       Device device) {
  LayerRun apart(text, {bottom}, device);
  LayerRun in_place(text, {bottom}, device);
  ASSERT_TRUE(apart.layer->traits().in_place) << text;
  in_place.tops[0] = in_place.bottoms[0];
  apart.Forward();
  in_place.Forward();
  EXPECT_EQ(in_place.Top(), apart.Top()) << text;
  FillTopDiffs(&apart);
  FillTopDiffs(&in_place);
  apart.Backward();
  in_place.Backward();
  EXPECT_EQ(in_place.BottomDiff(), apart.BottomDiff()) << text;
}

void CheckElementwise(const std::string& text, Device device) {
  for (const Shape& shape : {Shape{2, 8, 3, 2}, Shape{2, 3, 3, 2}}) {
    const Values values = Distinct(shape);
    ExpectSameBlocked(text, {values});
    if (LayerRun(text, {values}).layer->traits().in_place) {
      ExpectSameInPlace(text, values, device);
    }
  }
}

}  // namespace doppio
