#include "solver/progress.h"

#include <gtest/gtest.h>

namespace doppio {
namespace {

using std::chrono::seconds;

const Progress::Clock::time_point kStart{};

TEST(ProgressTest, CountsImagesWhileTrainingAndTimeAltogether) {
  Progress progress(64);
  EXPECT_EQ(progress.Line(10, kStart), "");
  progress.Begin(kStart);
  progress.End(kStart + seconds(2));
  progress.Begin(kStart + seconds(8));  // after a test
  progress.End(kStart + seconds(10));
  // 128 images in 4 s of training; 5 s per iteration altogether.
  EXPECT_EQ(progress.Line(13, kStart + seconds(10)),
            "32.0 images/s  ETA 1m05s");
}

TEST(ProgressTest, MeasuresTheSpeedSinceTheLastLine) {
  Progress progress(1000);
  progress.Begin(kStart);
  progress.End(kStart + seconds(4));
  progress.Line(1, kStart + seconds(4));
  progress.Begin(kStart + seconds(4));
  progress.End(kStart + seconds(6));
  EXPECT_EQ(progress.Line(2, kStart + seconds(6)), "500 images/s  ETA 6s");
}

TEST(ProgressTest, LeavesOutImagesIfTheirNumberIsUnknown) {
  Progress progress(0);
  progress.Begin(kStart);
  progress.End(kStart + seconds(1));
  EXPECT_EQ(progress.Line(30, kStart + seconds(1)), "ETA 30s");
}

TEST(ProgressTest, SaysHowLongItTookAtTheEnd) {
  Progress progress(0);
  progress.Begin(kStart);
  progress.End(kStart + seconds(61));
  EXPECT_EQ(progress.Line(0, kStart + seconds(61)), "took 1m01s");
}

TEST(FormatSecondsTest, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(FormatSeconds(0), "0s");
  EXPECT_EQ(FormatSeconds(59.4), "59s");
  EXPECT_EQ(FormatSeconds(59.6), "1m00s");
  EXPECT_EQ(FormatSeconds(3600 + 5 * 60 + 59), "1h05m");
  EXPECT_EQ(FormatSeconds(3 * 86400 + 4 * 3600), "3d04h");
}

}  // namespace
}  // namespace doppio
