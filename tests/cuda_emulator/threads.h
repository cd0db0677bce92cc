#pragma once

#include <string>
#include <vector>

#include "block.h"
#include "cuda_language.h"
#include "fiber.h"

namespace emulator {

// The threads of the block that runs, as its parts see them.
struct Thread {
  enum class State { kFresh, kReady, kAtBarrier, kAtWarp, kDone };
  uint3 index{};
  State state = State::kFresh;
  Fiber* fiber = nullptr;
  Site site{};
  uint64_t value = 0;  // given to a warp operation
  int source = 0;      // the lane whose value it wants
  uint64_t result = 0;
};

// Lanes of a warp on their way through one operation.
struct Meeting {
  unsigned mask = 0, arrived = 0;
  int warp = 0;
  std::string what;
  Site site{};
};

struct Block {
  std::vector<Thread> threads;
  std::vector<int> order;  // in which they start
  size_t started = 0;
  std::vector<int> ready;  // woken, in order
  size_t resumed = 0;
  int live = 0;
  int waiting = 0;  // at the barrier
  Site barrier{};
  Vote vote = Vote::kNone;
  int votes = 0;
  std::vector<Meeting> meetings;
  unsigned gone[32] = {};  // by warp: lanes that are done or never were
  Thread* current = nullptr;
};

extern Block block;

inline int IndexOf(const Thread& thread) {
  return static_cast<int>(&thread - block.threads.data());
}

// For the running thread: back to the block's loop, until it is woken and its
// turn comes.
void Suspend();
void Wake(Thread* thread);

// Fails if lanes of the warp wait for one that is done.
void CheckMeetings(int warp);

// For reports.
std::string At(Site site);

}  // namespace emulator
