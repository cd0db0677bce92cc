#include <gtest/gtest.h>

#include "doppio/error.h"
#include "doppio/tensor.h"

namespace doppio {
namespace {

TEST(ShapeTest, CountsTheElementsOfAxesInARange) {
  const Shape shape = {2, 3, 5};
  EXPECT_EQ(shape.count(), 30);
  EXPECT_EQ(shape.count(1), 15);
  EXPECT_EQ(shape.count(0, 2), 6);
  EXPECT_EQ(Shape().count(), 1);
}

TEST(ShapeTest, CountsAxesFromTheEndToo) {
  const Shape shape = {2, 3, 5};
  EXPECT_EQ(shape.Axis(-1), 2);
  EXPECT_EQ(shape.Axis(1), 1);
  try {
    shape.Axis(3);
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "axis 3 of a blob with 3 axes (2x3x5)");
  }
}

TEST(ShapeTest, CountsPastWhatThirtyTwoBitsHold) {
  EXPECT_EQ((Shape{1 << 16, 1 << 16}).count(), int64_t{1} << 32);
}

}  // namespace
}  // namespace doppio
