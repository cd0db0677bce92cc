#include "net/plan_memory.h"

#include <gtest/gtest.h>

#include <random>

#include "net/net_test.h"

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

const char kChain[] =
    "force_backward: true "
    "layer { name: 'x' type: 'Input' top: 'x' input_param {"
    "  shape { dim: 2 dim: 4 dim: 3 dim: 3 } } }"
    "layer { name: 'p' type: 'Power' bottom: 'x' top: 'p'"
    "  power_param { power: 2 } }"
    "layer { name: 'n' type: 'LRN' bottom: 'p' top: 'n' }"
    "layer { name: 's' type: 'Scale' bottom: 'n' top: 's'"
    "  scale_param { filler { type: 'gaussian' } } }"
    "layer { name: 'loss' type: 'Reduction' bottom: 's' top: 'loss'"
    "  reduction_param { operation: SUMSQ } loss_weight: 1 }";

std::unique_ptr<Net> Chain(bool reuse_memory) {
  Net::Options options;
  options.reuse_memory = reuse_memory;
  auto net = std::make_unique<Net>(Source(kChain), Context(), options);
  std::vector<float> x(72);
  for (size_t i = 0; i < x.size(); ++i) x[i] = 0.1f * (i % 7) - 0.25f;
  Set(net.get(), "x", x);
  net->Forward();
  net->Backward();
  return net;
}

TEST(PlanLifetimesTest, AGradientIsWrittenOverTheOneItIsMadeFrom) {
  const auto net = Chain(true);
  const Lifetimes lives =
      PlanLifetimes(net->steps(), net->places(), net->outputs());
  const int x = 0, loss = static_cast<int>(net->places().size()) - 1;
  for (int place = x; place < loss; ++place) {
    EXPECT_EQ(lives.diff_owner[place], x) << net->places()[place].name;
  }
  EXPECT_EQ(lives.diff_owner[loss], loss);  // holds the weight for ever
}

TEST(PlanLifetimesTest, SharingMemoryChangesNoGradient) {
  const auto apart = Chain(false), sharing = Chain(true);
  EXPECT_EQ(Diffs(sharing.get(), "x"), Diffs(apart.get(), "x"));
  EXPECT_EQ(Param(sharing.get(), "s").blob.diff.ToVector(),
            Param(apart.get(), "s").blob.diff.ToVector());
  EXPECT_LT(sharing->blob_bytes(), apart->blob_bytes());
}

}  // namespace
}  // namespace doppio
