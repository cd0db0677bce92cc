#include "layers/reorder.h"

#include <gtest/gtest.h>

#include "device/onednn.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

// Three channels do not fill a block of eight, so the layout has padding too.
TEST(ReorderTest, BringsValuesUpAndGradientsDown) {
  const Context context;
  const Shape shape = {2, 3, 2, 2};
  const LayoutPtr blocked = ChannelBlocked(context, shape, 8);
  LayerParameter param;
  param.add_top("y");
  Reorder layer(param, context);
  layer.set_layout(blocked);
  EXPECT_EQ(layer.Reshape({shape}), Shapes{shape});
  layer.PlanBackward({true});
  const LayoutPlan plan = layer.PlanLayouts({nullptr});
  EXPECT_EQ(plan.bottoms[0], nullptr);
  EXPECT_EQ(plan.tops[0], blocked);

  const std::vector<float> values = DistinctValues(shape.count());
  const std::vector<float> gradient = DistinctValues(shape.count(), 7);
  Blob x = {Tensor(shape, values), Tensor(shape)};
  Blob y = {Tensor(shape, Device::kCpu, blocked),
            Tensor(shape, Device::kCpu, blocked)};
  layer.Forward({&x}, {&y});
  EXPECT_EQ(y.data.ToVector(), values);
  // Image 0, pixel 1: its three channels lie together, then zeros.
  const float* stored = static_cast<const float*>(y.data.storage());
  EXPECT_EQ(stored[8], values[1]);
  EXPECT_EQ(stored[9], values[5]);
  EXPECT_EQ(stored[10], values[9]);
  EXPECT_EQ(stored[11], 0);

  y.diff.CopyFrom(gradient);
  layer.Backward({&y}, {&x});
  EXPECT_EQ(x.diff.ToVector(), gradient);
}

}  // namespace
}  // namespace doppio
