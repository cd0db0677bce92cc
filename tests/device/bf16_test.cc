#include "device/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "device/onednn.h"

namespace doppio {
namespace {

float Rounded(float value) { return Bf16(value); }

TEST(Bf16Test, HasEightSignificantBits) {
  EXPECT_EQ(Rounded(1.f), 1.f);
  EXPECT_EQ(Rounded(-255.f), -255.f);
  EXPECT_EQ(Rounded(1.0078125f), 1.0078125f);  // 1 + 2^-7
  EXPECT_EQ(Rounded(3e38f), 0x1.c4p127f);
}

TEST(Bf16Test, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(Rounded(257.f), 256.f);
  EXPECT_EQ(Rounded(259.f), 260.f);
  EXPECT_EQ(Rounded(257.0001f), 258.f);
  EXPECT_EQ(Rounded(-257.f), -256.f);
}

TEST(Bf16Test, KeepsWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(Rounded(kInfinity), kInfinity);
  EXPECT_EQ(Rounded(-kInfinity), -kInfinity);
  EXPECT_EQ(Rounded(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_TRUE(std::isnan(Rounded(std::nanf(""))));
  EXPECT_TRUE(std::isnan(Rounded(__builtin_bit_cast(float, 0x7f800001))));
}

TEST(Bf16Test, ATensorRoundsWhatItIsGiven) {
  const Context context;
  Tensor tensor({1, 3, 1, 1}, Device::kCpu, PlainBf16(context, {1, 3, 1, 1}));
  tensor.CopyFrom(std::vector<float>{1, 257, -259});
  EXPECT_EQ(tensor.bytes(), 6u);
  EXPECT_EQ(tensor.ToVector(), std::vector<float>({1, 256, -260}));
}

TEST(Bf16Test, WeightsArePairedAsTheLibraryDoesIt) {
  using dnnl::memory;
  const Context context;
  const memory::dims dims = {100, 40};
  const memory::desc floats(dims, memory::data_type::f32,
                            memory::format_tag::AB16b64a);
  const memory::desc paired(dims, memory::data_type::bf16,
                            memory::format_tag::AB8b64a2b);
  Tensor weights({100, 40}, Device::kCpu, LayoutOf(context, floats));
  std::vector<float> values(4000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1.f + i / 1000.f;
  weights.CopyFrom(values);
  Inlet inlet;
  inlet.Plan(context, floats, paired);
  const memory copy = inlet.Take(context, weights);
  memory wanted(paired, context.libraries().engine);
  memory given(floats, context.libraries().engine, weights.storage());
  dnnl::reorder(given, wanted)
      .execute(context.libraries().stream, given, wanted);
  context.libraries().stream.wait();
  EXPECT_EQ(std::memcmp(copy.get_data_handle(), wanted.get_data_handle(),
                        paired.get_size()),
            0);
}

TEST(Bf16Test, ALayoutKnowsItsFloatTwin) {
  const Context context;
  const Shape shape = {2, 32, 3, 3};
  constexpr auto kBf16 = dnnl::memory::data_type::bf16;
  const LayoutPtr blocked = ChannelBlocked(context, shape, 16, kBf16);
  EXPECT_EQ(blocked->name(), "aBcd16b bf16");
  EXPECT_EQ(ChannelBlock(blocked), 16);
  EXPECT_TRUE(IsBf16(blocked));
  EXPECT_TRUE(SameLayout(AsFloat(context, blocked),
                         ChannelBlocked(context, shape, 16)));
  EXPECT_EQ(AsFloat(context, PlainBf16(context, shape)), nullptr);
  EXPECT_FALSE(IsBf16(nullptr));
}

}  // namespace
}  // namespace doppio
