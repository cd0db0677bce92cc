#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "doppio/solver.h"

namespace doppio {

// One weight w, from 1, that is to become 3: the loss is (w - 3)^2 / 2, its
// gradient w - 3.
extern const char kOneWeight[];

// Random data, dropout, two layers that learn: no iteration is like another.
extern const char kRandomNet[];

// Trains nets from text in a folder of its own.
class SolverTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // `text` besides net_param and snapshot_prefix. Where it has no lr_policy,
  // base_lr is fixed to 0.5.
  SolverSource Source(const std::string& text,
                      const std::string& net = kOneWeight) const;
  std::string Path(const std::string& file) const;
  bool Exists(const std::string& file) const;

  // What the Error says that making a solver, and training, throws.
  std::string ErrorOf(const SolverSource& source,
                      const Solver::Options& options = {}) const;

  std::string folder_;
};

// The values of a layer's parameter.
std::vector<float> Weights(Net* net, const std::string& layer, int index = 0);

// Collects what is logged.
class LogLines {
 public:
  LogLines();
  ~LogLines();
  std::vector<std::string> lines() const { return lines_; }
  // The lines that contain `text`.
  std::vector<std::string> With(const std::string& text) const;

 private:
  class Sink;
  std::vector<std::string> lines_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace doppio
