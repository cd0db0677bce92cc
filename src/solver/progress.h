#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace doppio {

// Measures how fast training goes.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `images` read per iteration; 0 if unknown.
  explicit Progress(int64_t images) : images_(images) {}

  // Around what counts as training: tests and snapshots, which lie between,
  // slow down the estimated end but not the speed.
  void Begin(Clock::time_point now = Clock::now());
  void End(Clock::time_point now = Clock::now());

  // "8123 images/s  ETA 1m12s": the speed since the last call, and how long
  // `left` more iterations take at the pace since the first Begin; or, if none
  // are left, how long all took. Empty as long as nothing was measured.
  std::string Line(int left, Clock::time_point now = Clock::now());

 private:
  const int64_t images_;
  Clock::time_point first_, begin_;
  int64_t iterations_ = 0;       // since first_
  int64_t line_iterations_ = 0;  // since the last line
  double line_seconds_ = 0;
};

// 42s, 1m12s, 2h05m, 3d04h
std::string FormatSeconds(double seconds);

}  // namespace doppio
