#include "device/ranks.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <thread>

#include "device/nccl.h"
#include "error_of.h"

namespace doppio {
namespace {

using Strings = std::vector<std::string>;

TEST(SplitDevicesTest, EachGpuIsADevice) {
  EXPECT_EQ(SplitDevices("cuda:0,1,12"),
            Strings({"cuda:0", "cuda:1", "cuda:12"}));
  for (const char* one : {"", "cpu", "cuda", "cuda:1", "tpu,1"}) {
    EXPECT_EQ(SplitDevices(one), Strings({one}));
  }
}

TEST(SplitDevicesTest, RefusesWhatIsNoList) {
  for (const char* list : {"cuda:,", "cuda:0,", "cuda:0,,1", "cuda:0,cuda:1",
                           "cuda:0,-1", "cuda:0,1000"}) {
    EXPECT_EQ(doppio::ErrorOf([&] { SplitDevices(list); }),
              "--device=" + std::string(list) +
                  " is no list of GPUs; one is cuda:0,1");
  }
  EXPECT_EQ(doppio::ErrorOf([] { SplitDevices("cuda:1,01"); }),
            "--device=cuda:1,01 names GPU 01 twice; each process takes one of "
            "its own");
}

// Runs `body` as three ranks, on threads.
void AsThree(const std::function<void(Ranks*)>& body) {
  int b[2], c[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, c), 0);
  Ranks first(0, 3, {b[0], c[0]}), second(1, 3, {b[1]}), third(2, 3, {c[1]});
  std::thread others[] = {std::thread(body, &second),
                          std::thread(body, &third)};
  body(&first);
  for (std::thread& other : others) other.join();
}

TEST(RanksTest, MessagesOfAnySizeArrive) {
  const std::string large(1 << 20, 'x');
  AsThree([&](Ranks* ranks) {
    const std::string own = std::to_string(ranks->rank());
    EXPECT_EQ(ranks->FromFirst(own), "0");
    EXPECT_EQ(ranks->FromFirst(ranks->rank() == 0 ? large : ""), large);
    EXPECT_EQ(ranks->ToFirst(own),
              ranks->rank() == 0 ? Strings({"0", "1", "2"}) : Strings());
    EXPECT_EQ(ranks->FromFirst(""), "");
  });
}

TEST(RanksTest, AveragesAndKeepsWhatIsEqual) {
  const float odd = std::nextafter(0.1f, 1.f);
  AsThree([&](Ranks* ranks) {
    std::vector<float> values = {static_cast<float>(ranks->rank() * 3), odd};
    ranks->Average(&values);
    EXPECT_EQ(values, std::vector<float>({3, odd}));
  });
}

// These run in a process of their own, since StartRanks does not return there.
void Start(const std::function<void(Ranks*)>& body) {
  const auto ranks = StartRanks({"cuda:0", "cuda:1"});
  ranks->Begin(7);
  body(ranks.get());
  std::cerr << "rank " << ranks->rank() << " has seed " << ranks->seed()
            << std::endl;
  _exit(0);
}

TEST(StartRanksTest, EndsWellWhenAllHave) {
  EXPECT_EXIT(Start([](Ranks* ranks) {
                // One after the other, since they share the screen.
                if (ranks->rank() == 1) ranks->FromFirst("");
                if (ranks->rank() == 1) return;
                std::cerr << "first" << std::endl;
                ranks->FromFirst("");
                usleep(200000);
              }),
              testing::ExitedWithCode(0),
              "first\nrank 1 has seed 7\nrank 0 has seed 7");
}

TEST(StartRanksTest, AFailureEndsTheOthers) {
  EXPECT_EXIT(Start([](Ranks* ranks) {
                if (ranks->rank() == 0) ranks->ToFirst("");  // for ever
                std::cerr << "this sentence" << std::endl;
                _exit(3);
              }),
              testing::ExitedWithCode(3), "^this sentence\n$");
}

TEST(StartRanksTest, ASignalThatKillsIsNamed) {
  EXPECT_EXIT(Start([](Ranks* ranks) {
                if (ranks->rank() == 0) ranks->ToFirst("");
                raise(SIGKILL);  // as where memory runs out
              }),
              testing::ExitedWithCode(1),
              "the process on cuda:1 was ended by signal 9 .Killed.; the "
              "others have been stopped");
}

TEST(StartRanksTest, SignalsGoToTheFirst) {
  EXPECT_EXIT(Start([](Ranks* ranks) {
                if (ranks->rank() == 1) {
                  raise(SIGTERM);  // is ignored
                  ranks->ToFirst("");
                  for (;;) pause();
                }
                signal(SIGTERM, [](int) { _exit(5); });
                ranks->ToFirst("");
                kill(getppid(), SIGTERM);
                for (;;) pause();
              }),
              testing::ExitedWithCode(5), "");
}

TEST(WhyNoNcclTest, ABuildWithoutCudaSaysSo) {
  if (WhyNoNccl().empty()) GTEST_SKIP() << "this build has NCCL";
  EXPECT_EQ(doppio::ErrorOf([] { OpenNccl(nullptr); }), WhyNoNccl());
}

}  // namespace
}  // namespace doppio
