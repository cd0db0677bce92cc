#include "solver/signals.h"

#include <signal.h>
#include <unistd.h>

namespace doppio {
namespace {

volatile sig_atomic_t interrupts = 0;
volatile sig_atomic_t stop_asked = 0;
volatile sig_atomic_t snapshot_asked = 0;

void Note(int signal) {
  constexpr int kInterrupted = 130;  // 128 + SIGINT, as shells count
  if (signal == SIGHUP) {
    snapshot_asked = 1;
    return;
  }
  stop_asked = 1;
  if (signal != SIGINT) return;
  if (interrupts) _exit(kInterrupted);
  interrupts = 1;
}

}  // namespace

void WatchSignals() {
  struct sigaction action = {};
  action.sa_handler = Note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
  // A limit on the size of files then is an error of writing, as a full disk
  // is.
  signal(SIGXFSZ, SIG_IGN);
}

Solver::Action SignalledAction() {
  if (stop_asked) {
    stop_asked = 0;
    return Solver::Action::kStop;
  }
  if (snapshot_asked) {
    snapshot_asked = 0;
    return Solver::Action::kSnapshot;
  }
  return Solver::Action::kNone;
}

}  // namespace doppio
