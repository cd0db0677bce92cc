#include "solver/learning_rate.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/edit_distance.h"
#include "doppio/error.h"

namespace doppio {
namespace {

using Policy = double (*)(const SolverParameter& param, int iteration);

double Fixed(const SolverParameter& param, int) { return param.base_lr(); }

double Stepped(const SolverParameter& param, int iteration) {
  const int steps = LearningRateSteps(param, iteration);
  return param.base_lr() * std::pow(double{param.gamma()}, steps);
}

double Exp(const SolverParameter& param, int iteration) {
  return param.base_lr() * std::pow(double{param.gamma()}, iteration);
}

double Inv(const SolverParameter& param, int iteration) {
  const double growth = 1 + double{param.gamma()} * iteration;
  return param.base_lr() * std::pow(growth, -param.power());
}

double Poly(const SolverParameter& param, int iteration) {
  const double left = 1 - static_cast<double>(iteration) / param.max_iter();
  const double range = double{param.base_lr()} - param.min_lr();
  return param.min_lr() + range * std::pow(std::max(left, 0.0), param.power());
}

double Cosine(const SolverParameter& param, int iteration) {
  const double done = static_cast<double>(iteration) / param.max_iter();
  const double range = double{param.base_lr()} - param.min_lr();
  return param.min_lr() +
         range * (1 + std::cos(M_PI * std::min(done, 1.0))) / 2;
}

double Sigmoid(const SolverParameter& param, int iteration) {
  const double x = double{param.gamma()} * (iteration - param.stepsize());
  return param.base_lr() / (1 + std::exp(-x));
}

double Plateau(const SolverParameter& param, int reductions) {
  return param.base_lr() * std::pow(double{param.factor()}, reductions);
}

const std::map<std::string, Policy>& Policies() {
  static const std::map<std::string, Policy> policies = {
      {"fixed", Fixed},     {"step", Stepped},  {"exp", Exp},
      {"inv", Inv},         {"poly", Poly},     {"multistep", Stepped},
      {"sigmoid", Sigmoid}, {"cosine", Cosine}, {"plateau", Plateau},
  };
  return policies;
}

std::vector<std::string> PolicyNames() {
  std::vector<std::string> names;
  for (const auto& entry : Policies()) names.push_back(entry.first);
  return names;
}

// Caffe compares with one stepvalue per iteration, so values that do not rise
// take effect one iteration after the other.
int StepValuesReached(const SolverParameter& param, int iteration) {
  int steps = 0;
  int earliest = 0;
  for (const int value : param.stepvalue()) {
    const int reached = std::max(value, earliest);
    if (reached > iteration) break;
    earliest = reached + 1;
    ++steps;
  }
  return steps;
}

int WarmupIterations(const SolverParameter& param) {
  return std::max(param.warmup_iter(), param.rampup_interval());
}

// From the start to base_lr, `done` of [0, 1) of the way.
double Warmup(const SolverParameter& param, double done) {
  const double start =
      param.warmup_iter() > 0 ? param.warmup_start_lr() : param.rampup_lr();
  return start + (param.base_lr() - start) * done;
}

void CheckWarmup(const SolverParameter& param) {
  Require(param.warmup_iter() >= 0 && param.rampup_interval() >= 0,
          "warmup_iter is ", param.warmup_iter(), " and rampup_interval ",
          param.rampup_interval(), "; 0 stands for no warm-up");
  Require(param.warmup_iter() == 0 || param.rampup_interval() == 0,
          "warmup_iter and rampup_interval both ask for a warm-up; keep one");
  Require(!param.has_min_lr() ||
              (param.min_lr() >= 0 && param.min_lr() <= param.base_lr()),
          "min_lr is ", param.min_lr(), "; it must lie between 0 and base_lr, ",
          param.base_lr());
}

}  // namespace

float LearningRate(const SolverParameter& param, int iteration,
                   int reductions) {
  const auto policy = Policies().find(param.lr_policy());
  CHECK(policy != Policies().end()) << param.lr_policy();
  // The only policy that does not count iterations.
  const bool plateau = param.lr_policy() == "plateau";
  const int warmup = WarmupIterations(param);
  const double rate =
      iteration < warmup
          ? Warmup(param, static_cast<double>(iteration) / warmup)
          : policy->second(param, plateau ? reductions : iteration);
  if (!param.has_min_lr()) return static_cast<float>(rate);
  return static_cast<float>(std::max<double>(rate, param.min_lr()));
}

int LearningRateSteps(const SolverParameter& param, int iteration) {
  if (param.lr_policy() == "step") return iteration / param.stepsize();
  if (param.lr_policy() == "multistep") {
    return StepValuesReached(param, iteration);
  }
  return 0;
}

void CheckLearningRate(const SolverParameter& param) {
  const std::string& policy = param.lr_policy();
  Require(!policy.empty(),
          "no lr_policy says how the learning rate goes; lr_policy: \"fixed\" "
          "leaves it at base_lr");
  Require(Policies().count(policy), "unknown lr_policy \"", policy, "\"",
          Suggestion(policy, PolicyNames()));
  Require(param.has_base_lr(), "no base_lr gives the learning rate");

  const bool multiplies =
      policy == "step" || policy == "multistep" || policy == "exp";
  Require(!multiplies || param.has_gamma(), "lr_policy \"", policy,
          "\" multiplies the learning rate by gamma, which is not given");
  Require(param.gamma() >= 0, "gamma is ", param.gamma(),
          ", which would make learning rates negative");
  Require(
      policy != "step" || param.stepsize() > 0,
      "lr_policy \"step\" needs the iterations of a step in stepsize; it is ",
      param.stepsize());
  Require((policy != "poly" && policy != "cosine") || param.max_iter() > 0 ||
              param.max_epochs() > 0,
          "lr_policy \"", policy, "\" ends at max_iter, which is ",
          param.max_iter());
  CheckWarmup(param);
}

}  // namespace doppio
