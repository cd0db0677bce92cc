// Operations in which the lanes of a warp meet.

#include <cstdint>
#include <string>

#include "threads.h"

namespace emulator {
namespace {

// Fails unless the lane may take part.
Meeting& Join(unsigned mask, const char* what, Site site) {
  const int self = IndexOf(*block.current);
  const int warp = self / 32;
  if (!(mask >> self % 32 & 1)) {
    FailKernel(At(site) + ": the mask of " + what + " leaves out this lane",
               nullptr);
  }
  if (mask & block.gone[warp]) {
    FailKernel(At(site) + ": the mask of " + what +
                   " names lanes that are done or never were",
               nullptr);
  }
  for (Meeting& meeting : block.meetings) {
    if (meeting.mask != mask || meeting.warp != warp) continue;
    if (meeting.what != what || meeting.site.line != site.line) {
      FailKernel(
          "lanes of a warp are at different operations: " + meeting.what +
              " of " + At(meeting.site) + ", " + what + " of " + At(site),
          nullptr);
    }
    return meeting;
  }
  block.meetings.push_back({mask, 0, warp, what, site});
  return block.meetings.back();
}

// The last lane to arrive calls finish(first thread of the warp).
template <typename Finish>
uint64_t Meet(unsigned mask, uint64_t value, int source, const char* what,
              Site site, Finish finish) {
  Meeting& meeting = Join(mask, what, site);
  Thread* self = block.current;
  self->value = value;
  self->source = source;
  self->site = site;
  self->state = Thread::State::kAtWarp;
  meeting.arrived |= 1u << IndexOf(*self) % 32;
  if (meeting.arrived == mask) {
    const int warp = meeting.warp;
    block.meetings.erase(block.meetings.begin() +
                         (&meeting - block.meetings.data()));
    if (mask == ~block.gone[warp]) ++progress.warp_epoch[warp];
    Thread* first = &block.threads[32 * warp];
    finish(first);
    for (int lane = 0; lane < 32; ++lane) {
      if (mask >> lane & 1) Wake(first + lane);
    }
  }
  Suspend();
  return self->result;
}

}  // namespace

void CheckMeetings(int warp) {
  for (const Meeting& meeting : block.meetings) {
    if (meeting.warp != warp || !(meeting.mask & block.gone[warp])) continue;
    FailKernel(At(meeting.site) + ": the mask of " + meeting.what +
                   " names lanes that are done or never were",
               nullptr);
  }
}

uint64_t Exchange(unsigned mask, uint64_t value, int source, const char* what,
                  Site site) {
  return Meet(mask, value, source, what, site, [mask](Thread* first) {
    for (int lane = 0; lane < 32; ++lane) {
      if (!(mask >> lane & 1)) continue;
      Thread& thread = first[lane];
      // From a lane outside the mask a device gives anything.
      const bool given = mask >> thread.source & 1;
      thread.result = given ? first[thread.source].value : ~uint64_t{0};
    }
  });
}

uint32_t Ballot(unsigned mask, bool predicate, const char* what, Site site) {
  return static_cast<uint32_t>(
      Meet(mask, predicate, 0, what, site, [mask](Thread* first) {
        uint32_t votes = 0;
        for (int lane = 0; lane < 32; ++lane) {
          if ((mask >> lane & 1) && first[lane].value) votes |= 1u << lane;
        }
        for (int lane = 0; lane < 32; ++lane) {
          if (mask >> lane & 1) first[lane].result = votes;
        }
      }));
}

unsigned Lane() { return static_cast<unsigned>(IndexOf(*block.current)) % 32; }

}  // namespace emulator
