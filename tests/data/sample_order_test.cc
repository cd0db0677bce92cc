#include "data/sample_order.h"

#include <gtest/gtest.h>

#include <set>

namespace doppio {
namespace {

std::vector<int64_t> Epoch(SampleOrder* order, int64_t size, int64_t epoch) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < size; ++i) {
    indices.push_back(order->Index(epoch * size + i));
  }
  return indices;
}

TEST(SampleOrderTest, UnshuffledEpochsRepeatTheRecords) {
  SampleOrder order(3, false, 1, "data");
  std::vector<int64_t> indices;
  for (int i = 0; i < 7; ++i) indices.push_back(order.Index(i));
  EXPECT_EQ(indices, std::vector<int64_t>({0, 1, 2, 0, 1, 2, 0}));
}

TEST(SampleOrderTest, EachShuffledEpochIsANewPermutation) {
  constexpr int kSize = 1000;
  SampleOrder order(kSize, true, 1, "data");
  std::set<std::vector<int64_t>> orders;
  for (int epoch = 0; epoch < 5; ++epoch) {
    const std::vector<int64_t> indices = Epoch(&order, kSize, epoch);
    EXPECT_EQ(std::set<int64_t>(indices.begin(), indices.end()).size(), kSize);
    orders.insert(indices);
  }
  EXPECT_EQ(orders.size(), 5);
}

TEST(SampleOrderTest, AnEpochCanBeComputedWithoutTheOnesBefore) {
  SampleOrder straight(50, true, 1, "data");
  for (int i = 0; i < 350; ++i) straight.Index(i);
  SampleOrder jumping(50, true, 1, "data");
  EXPECT_EQ(Epoch(&jumping, 50, 7), Epoch(&straight, 50, 7));
}

TEST(SampleOrderTest, SeedAndLayerDecideTheOrder) {
  SampleOrder order(50, true, 1, "data");
  SampleOrder other_seed(50, true, 2, "data");
  SampleOrder other_layer(50, true, 1, "other");
  EXPECT_NE(Epoch(&order, 50, 0), Epoch(&other_seed, 50, 0));
  EXPECT_NE(Epoch(&order, 50, 0), Epoch(&other_layer, 50, 0));
}

// Each of 4 records is equally likely at each of 4 places: 2,000 of 8,000, with
// a standard deviation of 39.
TEST(SampleOrderTest, PermutationsAreFair) {
  int count[4][4] = {};
  for (int draw = 0; draw < 8000; ++draw) {
    const auto order = Permutation(4, RandomStream(1, Draw::kTest, draw));
    for (int place = 0; place < 4; ++place) ++count[place][order[place]];
  }
  for (const auto& place : count) {
    for (const int records : place) EXPECT_NEAR(records, 2000, 200);
  }
}

TEST(SampleOrderTest, OneRecordIsAPermutationToo) {
  EXPECT_EQ(Permutation(1, RandomStream(1, Draw::kTest, 0)),
            std::vector<uint32_t>({0}));
}

}  // namespace
}  // namespace doppio
