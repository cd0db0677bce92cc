#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>

#include "device/ranks.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// Signals that are rank 0's to answer.
constexpr int kHandedOn[] = {SIGINT, SIGTERM, SIGHUP};

// The two ends of a connection between rank 0 and another.
struct Link {
  int of_first = -1, of_other = -1;
};

std::vector<Link> MakeLinks(size_t count) {
  std::vector<Link> links(count);
  for (Link& link : links) {
    int ends[2];
    Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
            "processes cannot be connected: ", std::strerror(errno));
    link = {ends[0], ends[1]};
  }
  return links;
}

// What a process keeps of the links: rank 0 its end of each, another its own
// one, and who started them none.
std::vector<int> KeepLinks(int rank, const std::vector<Link>& links) {
  std::vector<int> kept;
  for (size_t i = 0; i < links.size(); ++i) {
    if (rank == 0) {
      kept.push_back(links[i].of_first);
    } else {
      close(links[i].of_first);
    }
    if (rank == static_cast<int>(i) + 1) {
      kept.push_back(links[i].of_other);
    } else {
      close(links[i].of_other);
    }
  }
  return kept;
}

// Those that Supervise waits for: blocked, none gets lost.
sigset_t BlockSignals(sigset_t* before) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  for (const int number : kHandedOn) sigaddset(&watched, number);
  sigprocmask(SIG_BLOCK, &watched, before);
  // A shell may have had some of them ignored, which are then not seen.
  for (const int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP}) {
    signal(number, SIG_DFL);
  }
  return watched;
}

// In a new process. The terminal's Ctrl-C goes to who started it, and only from
// there to rank 0.
void Settle(int rank, pid_t parent, const sigset_t& signals) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // which ended before that was set
  setpgid(0, 0);
  for (const int number : kHandedOn) {
    if (rank > 0) signal(number, SIG_IGN);
  }
  sigprocmask(SIG_SETMASK, &signals, nullptr);
}

void KillAll(const std::vector<pid_t>& children) {
  for (const pid_t child : children) {
    if (child > 0) kill(child, SIGKILL);
  }
  for (const pid_t child : children) {
    if (child > 0) waitpid(child, nullptr, 0);
  }
}

// The exit code after a process that failed; those of 1 have said why.
int CodeAfter(int status, const std::string& name) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int number = WTERMSIG(status);
  std::cerr << "the process on " << name << " was ended by signal " << number
            << " (" << strsignal(number) << "); the others have been stopped"
            << std::endl;
  return 1;
}

// Until all have ended well or one has failed; returns the exit code.
int Supervise(std::vector<pid_t> children,
              const std::vector<std::string>& names, const sigset_t& watched) {
  size_t left = children.size();
  while (left > 0) {
    const int number = sigwaitinfo(&watched, nullptr);
    if (number > 0 && number != SIGCHLD && children[0] > 0) {
      kill(children[0], number);
    }
    for (size_t i = 0; i < children.size(); ++i) {
      int status = 0;
      if (children[i] == 0 || waitpid(children[i], &status, WNOHANG) <= 0) {
        continue;
      }
      children[i] = 0;
      --left;
      if (status == 0) continue;
      KillAll(children);
      return CodeAfter(status, names[i]);
    }
  }
  return 0;
}

}  // namespace

std::vector<std::string> SplitDevices(const std::string& device) {
  const std::string prefix = "cuda:";
  if (device.rfind(prefix, 0) != 0 || device.find(',') == std::string::npos) {
    return {device};
  }
  std::vector<std::string> devices;
  std::istringstream numbers(device.substr(prefix.size()) + ",");
  for (std::string number; std::getline(numbers, number, ',');) {
    Require(!number.empty() && number.size() < 4 &&
                number.find_first_not_of("0123456789") == std::string::npos,
            "--device=", device, " is no list of GPUs; one is cuda:0,1");
    devices.push_back(prefix + std::to_string(std::stoi(number)));
    Require(std::count(devices.begin(), devices.end(), devices.back()) == 1,
            "--device=", device, " names GPU ", number,
            " twice; each process takes one of its own");
  }
  return devices;
}

std::shared_ptr<Ranks> StartRanks(const std::vector<std::string>& names) {
  const int count = static_cast<int>(names.size());
  const std::vector<Link> links = MakeLinks(names.size() - 1);
  sigset_t before;
  const sigset_t watched = BlockSignals(&before);
  const pid_t parent = getpid();
  std::vector<pid_t> children;
  for (int rank = 0; rank < count; ++rank) {
    const pid_t child = fork();
    if (child < 0) KillAll(children);
    Require(child >= 0, "no process for ", names[rank],
            " can be started: ", std::strerror(errno));
    if (child == 0) {
      Settle(rank, parent, before);
      auto ranks = std::make_shared<Ranks>(rank, count, KeepLinks(rank, links));
      ranks->AwaitBegin();
      return ranks;
    }
    children.push_back(child);
  }
  KeepLinks(-1, links);
  std::exit(Supervise(children, names, watched));
}

}  // namespace doppio
