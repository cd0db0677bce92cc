#include "solver/nets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "doppio/error.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

SolverSource Parse(const std::string& text) {
  return ParseSolver(text, "solver.prototxt");
}

TEST(NetsTest, SolversStateGoesOverTheNetsAndTheNetsOverThePhase) {
  const NetSource net =
      TrainNet(Parse("net_param { state { level: 3 stage: 'a' } } "
                     "train_state { level: 5 stage: 'b' }"));
  EXPECT_EQ(net.net.state().phase(), TRAIN);
  EXPECT_EQ(net.net.state().level(), 5);
  EXPECT_EQ(net.net.state().stage_size(), 2);
}

TEST(NetsTest, TestNetsComeInCaffesOrder) {
  const SolverSource source = Parse(
      "net_param { name: 'both' } test_net_param { name: 'first' } "
      "test_net_param { name: 'second' } "
      "test_iter: 1 test_iter: 1 test_iter: 1 test_iter: 1 "
      "test_state {} test_state { level: 1 } test_state {} "
      "test_state { stage: 'last' }");
  const std::vector<NetSource> nets = TestNets(source);
  ASSERT_EQ(nets.size(), 4u);
  EXPECT_EQ(nets[0].net.name(), "first");
  EXPECT_EQ(nets[1].net.name(), "second");
  EXPECT_EQ(nets[1].net.state().level(), 1);
  EXPECT_EQ(nets[2].net.name(), "both");
  EXPECT_EQ(nets[3].net.state().stage(0), "last");
  for (const NetSource& net : nets) EXPECT_EQ(net.net.state().phase(), TEST);
}

TEST(NetsTest, SettingsOfTheSolverReachAllNets) {
  const SolverSource source =
      Parse("net_param {} debug_info: true winograd: false test_iter: 1");
  for (const NetSource& net : {TrainNet(source), TestNets(source)[0]}) {
    EXPECT_TRUE(net.net.debug_info());
    EXPECT_FALSE(net.net.winograd());
  }
}

using NetFileTest = SolverTest;

TEST_F(NetFileTest, MayLieBesideTheSolverFile) {
  std::ofstream(Path("net.prototxt")) << "name: 'beside'";
  const NetSource net =
      TrainNet(ParseSolver("net: 'net.prototxt'", Path("solver.prototxt")));
  EXPECT_EQ(net.net.name(), "beside");
  EXPECT_EQ(net.file, Path("net.prototxt"));
}

TEST_F(NetFileTest, IsMissedBySentence) {
  try {
    TrainNet(Parse("train_net: 'missing.prototxt'"));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "solver.prototxt: net file \"missing.prototxt\" is neither in "
                 "the working directory nor beside the solver file");
  }
}

}  // namespace
}  // namespace doppio
