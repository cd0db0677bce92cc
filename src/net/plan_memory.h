#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// A value in memory and the moments of its first writing and last reading. A
// net of n steps runs forward in moments 0 .. n-1 and backward in n .. 2n-1.
struct Lifetime {
  size_t bytes = 0;
  int first = 0;
  int last = 0;
};

// Where each value lies in one arena, so that no two overlap which live at the
// same time.
struct Arena {
  std::vector<size_t> offsets;
  size_t bytes = 0;
};
Arena PlaceInArena(const std::vector<Lifetime>& lifetimes);

// When the data and the diff of each place live, in the order of the places;
// of 0 bytes where the place has none of its own: what its layer shares or
// makes, and diffs that nobody wants. What a user sets or may look at after a
// pass (inputs, outputs) lives all the time.
struct Lifetimes {
  std::vector<Lifetime> data, diff;
  // The place whose diff may lie in the same memory, written over this one's
  // as it is read for the last time; the place itself if there is none. The
  // lives of its diff then include this one's.
  std::vector<int> diff_owner;
};
Lifetimes PlanLifetimes(const std::vector<Step>& steps,
                        const std::deque<Place>& places,
                        const std::vector<Output>& outputs);

// What they take where each has memory of its own.
size_t SumOfBytes(const Lifetimes& lifetimes);

// An arena for all of them, the data first and then the diffs.
Arena PlaceInArena(const Lifetimes& lifetimes);

}  // namespace doppio
