// What threads do together: barriers, shuffles and votes.

#include "../cuda_language.h"
#include "decoder.h"

namespace emulator::ptx {
namespace {

Site SiteOf(const Step& step) { return {"PTX", step.source->line}; }

// Of an operand that may be !p, whose negation is in the slot after.
bool Predicate(const Frame& frame, const Step& step, int i) {
  return frame.Get<uint8_t>(step.at[i]) != step.at[i + 1];
}

void PlacePredicate(Decoder* d, Operand operand, int i) {
  d->step.at[i + 1] = operand.negated;
  operand.negated = false;
  d->step.at[i] = d->Slot(operand);
}

void Synchronize(Frame&, const Step& step) {
  Barrier(Vote::kNone, false, SiteOf(step));
}

template <Vote kVote>
void Reduce(Frame& frame, const Step& step) {
  const bool predicate = Predicate(frame, step, 1);
  const int result = Barrier(kVote, predicate, SiteOf(step));
  frame.Set<uint32_t>(step.at[0], result);
}

void SynchronizeWarp(Frame& frame, const Step& step) {
  const auto mask = frame.Get<uint32_t>(step.at[0]);
  Ballot(mask, false, "bar.warp.sync", SiteOf(step));
}

enum Direction { kUp, kDown, kButterfly, kIndex };

// The lane to read, or this one if that is outside its segment.
int SourceLane(int lane, int b, int c, int64_t direction, bool* inside) {
  const int segment = c >> 8 & 31;
  const int first = lane & segment;
  const int last = first | (c & 31 & ~segment);
  b &= 31;
  const int source = direction == kUp          ? lane - b
                     : direction == kDown      ? lane + b
                     : direction == kButterfly ? lane ^ b
                                               : first | (b & ~segment);
  *inside = direction == kUp ? source >= last : source <= last;
  return *inside ? source : lane;
}

// d|p, a, b, c, mask
void Shuffle(Frame& frame, const Step& step) {
  bool inside = false;
  const int source =
      SourceLane(static_cast<int>(Lane()), frame.Get<int>(step.at[3]),
                 frame.Get<int>(step.at[4]), step.number, &inside);
  const uint64_t value =
      Exchange(frame.Get<uint32_t>(step.at[5]), frame.Get<uint32_t>(step.at[2]),
               source, "shfl.sync", SiteOf(step));
  frame.Set<uint8_t>(step.at[1], inside);
  frame.Set<uint32_t>(step.at[0], static_cast<uint32_t>(value));
}

enum Question { kAll, kAny, kUniform, kBallot };

void AskWarp(Frame& frame, const Step& step) {
  const auto mask = frame.Get<uint32_t>(step.at[3]);
  const uint32_t votes =
      Ballot(mask, Predicate(frame, step, 1), "vote.sync", SiteOf(step));
  const uint32_t answers[] = {votes == mask, votes != 0,
                              votes == mask || votes == 0, votes};
  frame.Set<uint32_t>(step.at[0], answers[step.number]);
}

// Of "bar.sync 0", after any result.
void ExpectBarrierZero(Decoder* d, const Operand& operand) {
  if (!operand.name.empty() || operand.number != 0) {
    d->Fail("only barrier 0 of all threads is known");
  }
}

Handler DecodeBarrier(Decoder* d) {
  const auto& operands = d->operands();
  if (d->Take("warp")) {
    if (!d->Take("sync")) d->FailUnknown();
    d->PlaceOperands(1);
    return SynchronizeWarp;
  }
  d->Take("cta");
  d->Take("aligned");
  if (d->Take("sync")) {
    d->ExpectOperands(1, 1);
    ExpectBarrierZero(d, operands[0]);
    return Synchronize;
  }
  if (!d->Take("red")) d->FailUnknown();
  d->ExpectOperands(3, 3);
  ExpectBarrierZero(d, operands[1]);
  d->step.at[0] = d->Slot(operands[0]);
  PlacePredicate(d, operands[2], 1);
  d->TakeType();
  if (d->Take("popc")) return Reduce<Vote::kCount>;
  if (d->Take("and")) return Reduce<Vote::kAnd>;
  if (d->Take("or")) return Reduce<Vote::kOr>;
  d->FailUnknown();
}

Handler DecodeShuffle(Decoder* d) {
  const auto& operands = d->operands();
  d->step.number = d->TakeOneOf({"up", "down", "bfly", "idx"});
  const Type type = d->TakeType();
  if (d->step.number < 0 || !d->Take("sync") || type.bits != 32) {
    d->FailUnknown();
  }
  d->ExpectOperands(5, 5);
  Operand inside;
  inside.name = operands[0].second.empty() ? "_" : operands[0].second;
  d->step.at[0] = d->Slot(operands[0]);
  d->step.at[1] = d->Slot(inside);
  for (int i = 1; i < 5; ++i) d->step.at[i + 1] = d->Slot(operands[i]);
  return Shuffle;
}

Handler DecodeVote(Decoder* d) {
  d->step.number = d->TakeOneOf({"all", "any", "uni", "ballot"});
  d->TakeType();
  if (d->step.number < 0 || !d->Take("sync")) d->FailUnknown();
  d->ExpectOperands(3, 3);
  d->step.at[0] = d->Slot(d->operands()[0]);
  PlacePredicate(d, d->operands()[1], 1);
  d->step.at[3] = d->Slot(d->operands()[2]);
  return AskWarp;
}

}  // namespace

Handler DecodeTogether(Decoder* d) {
  if (d->name() == "bar" || d->name() == "barrier") return DecodeBarrier(d);
  if (d->name() == "shfl") return DecodeShuffle(d);
  if (d->name() == "vote") return DecodeVote(d);
  return nullptr;
}

}  // namespace emulator::ptx
