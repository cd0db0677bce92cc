#include "solver/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace doppio {
namespace {

TEST(SignalsTest, HangupAsksForASnapshotOnce) {
  WatchSignals();
  raise(SIGHUP);
  EXPECT_EQ(SignalledAction(), Solver::Action::kSnapshot);
  EXPECT_EQ(SignalledAction(), Solver::Action::kNone);
}

TEST(SignalsTest, TerminationAsksToStopBeforeAnythingElse) {
  WatchSignals();
  raise(SIGHUP);
  raise(SIGTERM);
  EXPECT_EQ(SignalledAction(), Solver::Action::kStop);
  EXPECT_EQ(SignalledAction(), Solver::Action::kSnapshot);
}

TEST(SignalsDeathTest, ASecondInterruptEndsTheProcess) {
  EXPECT_EXIT(
      {
        WatchSignals();
        raise(SIGINT);
        if (SignalledAction() == Solver::Action::kStop) raise(SIGINT);
        _exit(0);
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace doppio
