#include "layers/shared/absorbed_relu.h"

#include <gtest/gtest.h>

#include "device/bf16.h"
#include "doppio/context.h"

namespace doppio {
namespace {

// Positive, negative and zero values, which bfloat16 holds exactly.
std::vector<float> Steps(int count, int step) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(i * step % 17 - 8.f);
  return values;
}

std::vector<float> Masked(float slope, const LayoutPtr& layout, int count) {
  Tensor y({1, count}, Device::kCpu, layout);
  Tensor dy({1, count}, Device::kCpu, layout);
  y.CopyFrom(Steps(count, 5));
  dy.CopyFrom(Steps(count, 3));
  AbsorbedRelu{true, slope}.Mask(y, &dy);
  return dy.ToVector();
}

TEST(AbsorbedReluTest, MasksTheGradientInEitherPrecision) {
  const Context context;
  for (const int count : {1, 512, 1300}) {
    for (const float slope : {0.f, 0.5f}) {
      std::vector<float> wanted = Steps(count, 3);
      const std::vector<float> y = Steps(count, 5);
      for (int i = 0; i < count; ++i) {
        if (y[i] <= 0) wanted[i] *= slope;
      }
      EXPECT_EQ(Masked(slope, nullptr, count), wanted) << count;
      EXPECT_EQ(Masked(slope, PlainBf16(context, {1, count}), count), wanted)
          << count;
    }
  }
}

}  // namespace
}  // namespace doppio
