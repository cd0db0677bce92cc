#include "solver/progress.h"

#include <cmath>
#include <cstdio>

namespace doppio {
namespace {

double Seconds(Progress::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void Progress::Begin(Clock::time_point now) {
  begin_ = now;
  if (iterations_ == 0) first_ = now;
}

void Progress::End(Clock::time_point now) {
  ++iterations_;
  ++line_iterations_;
  line_seconds_ += Seconds(now - begin_);
}

std::string Progress::Line(int left, Clock::time_point now) {
  if (line_iterations_ == 0 || line_seconds_ <= 0) return "";
  std::string line;
  if (images_ > 0) {
    const double rate = line_iterations_ * images_ / line_seconds_;
    char text[32];
    std::snprintf(text, sizeof text, rate < 100 ? "%.1f" : "%.0f", rate);
    line = std::string(text) + " images/s  ";
  }
  const double elapsed = Seconds(now - first_);
  line += left > 0 ? "ETA " + FormatSeconds(elapsed / iterations_ * left)
                   : "took " + FormatSeconds(elapsed);
  line_iterations_ = 0;
  line_seconds_ = 0;
  return line;
}

std::string FormatSeconds(double seconds) {
  const int64_t s = std::llround(seconds);
  const int64_t minutes = s / 60, hours = minutes / 60, days = hours / 24;
  char text[32];
  if (s < 60) {
    std::snprintf(text, sizeof text, "%ds", static_cast<int>(s));
  } else if (minutes < 60) {
    std::snprintf(text, sizeof text, "%dm%02ds", static_cast<int>(minutes),
                  static_cast<int>(s % 60));
  } else if (hours < 24) {
    std::snprintf(text, sizeof text, "%dh%02dm", static_cast<int>(hours),
                  static_cast<int>(minutes % 60));
  } else {
    std::snprintf(text, sizeof text, "%dd%02dh", static_cast<int>(days),
                  static_cast<int>(hours % 24));
  }
  return text;
}

}  // namespace doppio
