#include "net/plan_memory.h"

#include <gtest/gtest.h>

#include <random>

namespace doppio {
namespace {

TEST(PlaceInArenaTest, ValuesThatDoNotMeetShareTheirPlace) {
  const Arena arena = PlaceInArena({{256, 0, 1}, {256, 2, 3}});
  EXPECT_EQ(arena.bytes, 256u);
}

TEST(PlaceInArenaTest, ValuesThatMeetInOneMomentLieApart) {
  const Arena arena = PlaceInArena({{256, 0, 1}, {256, 1, 2}});
  EXPECT_EQ(arena.bytes, 512u);
  EXPECT_NE(arena.offsets[0], arena.offsets[1]);
}

TEST(PlaceInArenaTest, AChainNeedsItsTwoLargestNeighbours) {
  // Each value is made from the one before: 64 > 128 > 512 > 256 > 64.
  const Arena arena = PlaceInArena(
      {{64, 0, 1}, {128, 1, 2}, {512, 2, 3}, {256, 3, 4}, {64, 4, 5}});
  EXPECT_EQ(arena.bytes, 768u);
}

TEST(PlaceInArenaTest, OffsetsSuitACacheLine) {
  const Arena arena = PlaceInArena({{100, 0, 1}, {4, 0, 1}});
  EXPECT_EQ(arena.offsets, (std::vector<size_t>{0, 128}));
}

TEST(PlaceInArenaTest, NoTwoRandomValuesOverlap) {
  std::mt19937 random(1);
  std::vector<Lifetime> lives(200);
  for (Lifetime& life : lives) {
    life.bytes = random() % 1000;
    life.first = random() % 50;
    life.last = life.first + random() % 20;
  }
  const Arena arena = PlaceInArena(lives);
  for (size_t a = 0; a < lives.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      const bool in_time =
          lives[a].first <= lives[b].last && lives[b].first <= lives[a].last;
      const bool in_space =
          arena.offsets[a] < arena.offsets[b] + lives[b].bytes &&
          arena.offsets[b] < arena.offsets[a] + lives[a].bytes;
      EXPECT_FALSE(in_time && in_space && lives[a].bytes && lives[b].bytes)
          << a << " and " << b;
    }
  }
}

}  // namespace
}  // namespace doppio
