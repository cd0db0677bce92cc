#include "doppio/tensor.h"

#include <gtest/gtest.h>

#include <numeric>

#include "device/onednn.h"
#include "doppio/error.h"

namespace doppio {
namespace {

using Values = std::vector<float>;
using Tag = dnnl::memory::format_tag;

Values Counting(const Shape& shape) {
  Values values(shape.count());
  std::iota(values.begin(), values.end(), 1.f);
  return values;
}

LayoutPtr LayoutOfTag(
    const Shape& shape, Tag tag,
    dnnl::memory::data_type type = dnnl::memory::data_type::f32) {
  const dnnl::memory::dims dims(shape.extents().begin(), shape.extents().end());
  return LayoutOf(Context(), {dims, type, tag});
}

TEST(TensorTest, StartsAsZeros) {
  EXPECT_EQ(Tensor({2, 2}).ToVector(), Values({0, 0, 0, 0}));
  EXPECT_EQ(Tensor(Shape()).ToVector(), Values({0}));
  EXPECT_TRUE(Tensor({0, 3}).ToVector().empty());
  EXPECT_TRUE(Tensor().empty());
  EXPECT_FALSE(Tensor({0, 3}).empty());
}

TEST(TensorTest, GivesBackItsValuesRowByRow) {
  Tensor tensor({2, 3}, Values{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(tensor.data()[4], 5);
  EXPECT_EQ(tensor.ToVector(), Values({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(tensor.bytes(), 24u);
  tensor.CopyFrom(Values{6, 5, 4, 3, 2, 1});
  EXPECT_EQ(tensor.ToVector(), Values({6, 5, 4, 3, 2, 1}));
  tensor.Zero();
  EXPECT_EQ(tensor.ToVector(), Values(6, 0));
}

TEST(TensorTest, ACopyOfTheHandleSharesMemory) {
  Tensor tensor({2}, Values{1, 2});
  Tensor same = tensor;
  same.data()[0] = 7;
  EXPECT_EQ(tensor.ToVector(), Values({7, 2}));
  Tensor other({2});
  other.CopyFrom(tensor);
  other.data()[1] = 9;
  EXPECT_EQ(tensor.ToVector(), Values({7, 2}));
}

TEST(TensorTest, AnotherShapeSharesMemory) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Tensor tensor({2, 3}, Values{1, 2, 3, 4, 5, 6});
  Tensor flat = tensor.Reshaped({6});
  EXPECT_EQ(flat.shape(), Shape({6}));
  flat.data()[5] = 0;
  EXPECT_EQ(tensor.ToVector(), Values({1, 2, 3, 4, 5, 0}));
  EXPECT_DEATH(tensor.Reshaped({5}), "5 vs. 6");
}

TEST(TensorTest, ViewsMemoryOfOthers) {
  const auto memory = std::make_shared<std::vector<float>>(Values{1, 2, 3, 4});
  Tensor tensor({3}, Device::kCpu, nullptr,
                std::shared_ptr<void>(memory, memory->data() + 1));
  EXPECT_EQ(tensor.ToVector(), Values({2, 3, 4}));
  tensor.data()[0] = 9;
  EXPECT_EQ((*memory)[1], 9);
}

TEST(TensorTest, MemoryIsAlignedToCacheLinesAndHugePages) {
  EXPECT_EQ(reinterpret_cast<uintptr_t>(Tensor({3}).storage()) % 64, 0u);
  EXPECT_EQ(
      reinterpret_cast<uintptr_t>(Tensor({2 << 20}).storage()) % (2 << 20), 0u);
}

TEST(TensorTest, ABlockedLayoutIsInvisible) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Shape shape = {2, 5, 3, 3};
  const Values values = Counting(shape);
  const LayoutPtr layout = LayoutOfTag(shape, Tag::aBcd16b);
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->name(), "aBcd16b");
  EXPECT_TRUE(layout->padded());
  Tensor tensor(shape, Device::kCpu, layout);
  EXPECT_EQ(tensor.bytes(), 2 * 16 * 3 * 3 * sizeof(float));
  tensor.CopyFrom(values);
  EXPECT_EQ(tensor.ToVector(), values);
  EXPECT_DEATH(tensor.data(), "row-major data wanted of a tensor in aBcd16b");
  EXPECT_DEATH(tensor.Reshaped({90}), "cannot reshape a tensor in aBcd16b");
}

TEST(TensorTest, ABlockedLayoutLiesAsItsNameSays) {
  const Shape shape = {2, 5, 3, 3};
  Tensor tensor(shape, Device::kCpu, LayoutOfTag(shape, Tag::aBcd16b));
  tensor.CopyFrom(Counting(shape));
  const float* storage = static_cast<const float*>(tensor.storage());
  for (int n = 0; n < 2; ++n) {
    for (int pixel = 0; pixel < 9; ++pixel) {
      for (int c = 0; c < 16; ++c) {
        const float expected = c < 5 ? 1 + (n * 5 + c) * 9 + pixel : 0;
        ASSERT_EQ(storage[(n * 9 + pixel) * 16 + c], expected)
            << n << ' ' << c << ' ' << pixel;
      }
    }
  }
}

TEST(TensorTest, CopiesBetweenLayouts) {
  const Shape shape = {2, 5, 3, 3};
  const Values values = Counting(shape);
  const Tensor plain(shape, values);
  Tensor blocked(shape, Device::kCpu, LayoutOfTag(shape, Tag::aBcd8b));
  Tensor channels_last(shape, Device::kCpu, LayoutOfTag(shape, Tag::acdb));
  Tensor back(shape);
  blocked.CopyFrom(plain);
  channels_last.CopyFrom(blocked);
  back.CopyFrom(channels_last);
  EXPECT_EQ(back.ToVector(), values);
  EXPECT_EQ(static_cast<const float*>(channels_last.storage())[1], 10)
      << "the second channel of the first pixel";

  back.Zero();
  CopyLayout(Context(), blocked, &back);
  EXPECT_EQ(back.ToVector(), values);
}

TEST(TensorTest, RoundsToBfloat16OnlyInTheStorage) {
  const Shape shape = {1, 2, 1, 2};
  const LayoutPtr layout =
      LayoutOfTag(shape, Tag::acdb, dnnl::memory::data_type::bf16);
  Tensor tensor(shape, Device::kCpu, layout);
  EXPECT_EQ(tensor.bytes(), 8u);
  EXPECT_EQ(layout->name(), "acdb bf16");
  tensor.CopyFrom(Values{1, 1.001f, -3, 256});  // 8 bits of precision
  EXPECT_EQ(tensor.ToVector(), Values({1, 1, -3, 256}));
}

TEST(LayoutTest, RowMajorIsNoLayout) {
  EXPECT_EQ(LayoutOfTag({2, 5, 3, 3}, Tag::abcd), nullptr);
  EXPECT_EQ(LayoutName(nullptr), "plain");
}

TEST(LayoutTest, EqualLayoutsAreTheSame) {
  const Shape shape = {2, 5, 3, 3};
  const LayoutPtr a = LayoutOfTag(shape, Tag::aBcd16b);
  EXPECT_TRUE(SameLayout(a, LayoutOfTag(shape, Tag::aBcd16b)));
  EXPECT_FALSE(SameLayout(a, LayoutOfTag(shape, Tag::aBcd8b)));
  EXPECT_FALSE(SameLayout(a, nullptr));
  EXPECT_TRUE(SameLayout(nullptr, nullptr));
  EXPECT_FALSE(LayoutOfTag(shape, Tag::acdb)->padded());
}

TEST(TensorTest, SaysThatThisBuildHasNoCuda) {
  try {
    Tensor({1}, Device::kCuda);
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "this build has no CUDA; configure it with "
                 "-DDOPPIO_CUDA=ON, or run with --device=cpu");
  }
}

}  // namespace
}  // namespace doppio
