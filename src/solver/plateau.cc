#include "solver/plateau.h"

#include <cmath>

#include "doppio/error.h"
#include "solver/learning_rate.h"

namespace doppio {
namespace {

// The layer that makes an output.
const Step& MakerOf(const Net& net, const Output& output) {
  const Step* maker = nullptr;
  for (const Step& step : net.steps()) {
    for (const int top : step.tops) {
      if (top == output.place) maker = &step;
    }
  }
  return *maker;
}

bool HigherIsBetter(const SolverParameter& param, const Net& net,
                    const Output& output) {
  if (param.plateau_mode() != SolverParameter::BY_LAYER) {
    return param.plateau_mode() == SolverParameter::HIGHER;
  }
  const bool accuracy = MakerOf(net, output).layer->type() == "Accuracy";
  Require(accuracy || output.loss_weight != 0, "plateau_output \"", output.name,
          "\" is neither an accuracy nor a loss; plateau_mode: HIGHER or LOWER "
          "says which of its values are good");
  return accuracy;
}

void RequireBatches(const SolverParameter& param, size_t net) {
  Require(param.test_iter(net) > 0, "plateau_output \"", param.plateau_output(),
          "\" is of test net ", net, ", whose test_iter is ",
          param.test_iter(net), "; it takes at least 1 batch");
}

bool Better(const SolverParameter& param, const PlateauState& state,
            bool higher, float value) {
  if (!std::isfinite(value)) return false;
  if (!state.has_best()) return true;
  const float gain = higher ? value - state.best() : state.best() - value;
  return gain > param.min_delta();
}

// Whether lowering the rate would make a difference, beyond rounding.
bool CanFall(const SolverParameter& param, int iteration, int reductions) {
  return LearningRate(param, iteration, reductions + 1) <
         0.999f * LearningRate(param, iteration, reductions);
}

void CountWait(const SolverParameter& param, int iteration,
               PlateauState* state) {
  if (state->cooldown_left() > 0) {
    state->set_cooldown_left(state->cooldown_left() - 1);
    return;
  }
  state->set_waited(state->waited() + 1);
  if (param.lr_policy() != "plateau" || state->waited() < param.patience() ||
      !CanFall(param, iteration, state->reductions())) {
    return;
  }
  state->set_waited(0);
  state->set_cooldown_left(param.cooldown());
  state->set_reductions(state->reductions() + 1);
}

}  // namespace

bool WatchesTests(const SolverParameter& param) {
  return param.lr_policy() == "plateau" || param.stop_patience() > 0 ||
         param.keep_best();
}

Watched FindWatched(const SolverParameter& param,
                    const std::vector<std::unique_ptr<Net>>& test_nets) {
  std::string names;
  for (size_t i = 0; i < test_nets.size(); ++i) {
    const std::vector<Output>& outputs = test_nets[i]->outputs();
    for (size_t j = 0; j < outputs.size(); ++j) {
      names += (names.empty() ? "" : ", ") + outputs[j].name;
      if (outputs[j].name != param.plateau_output()) continue;
      const Shape& shape = test_nets[i]->places()[outputs[j].place].shape;
      Require(shape.count() == 1, "plateau_output \"", outputs[j].name,
              "\" is to be one number, but has the shape ", shape);
      if (!param.test_whole_set()) RequireBatches(param, i);
      return {i, j, HigherIsBetter(param, *test_nets[i], outputs[j])};
    }
  }
  throw Error("plateau_output \"", param.plateau_output(),
              "\" is no output of the test nets; they have ", names);
}

PlateauState After(const SolverParameter& param, const PlateauState& before,
                   bool higher_is_better, float value, int iteration) {
  PlateauState state = before;
  if (iteration <= before.last_iter()) return state;
  state.set_last_iter(iteration);
  if (Better(param, state, higher_is_better, value)) {
    state.set_best(value);
    state.set_best_iter(iteration);
    state.set_tests_since_best(0);
    state.set_waited(0);
    if (state.cooldown_left() > 0) {
      state.set_cooldown_left(state.cooldown_left() - 1);
    }
  } else {
    state.set_tests_since_best(state.tests_since_best() + 1);
    CountWait(param, iteration, &state);
  }
  return state;
}

bool Improved(const PlateauState& state) {
  return state.has_best() && state.best_iter() == state.last_iter();
}

bool HasEnded(const SolverParameter& param, const PlateauState& state) {
  return param.stop_patience() > 0 &&
         state.tests_since_best() >= param.stop_patience();
}

void CheckPlateau(const SolverParameter& param) {
  if (!WatchesTests(param)) return;
  const char* const asker = param.lr_policy() == "plateau"
                                ? "lr_policy \"plateau\""
                            : param.keep_best() ? "keep_best"
                                                : "stop_patience";
  Require(!param.plateau_output().empty(), asker,
          " goes by an output of the test net; name it in plateau_output, e.g. "
          "\"accuracy\"");
  Require(param.test_iter_size() > 0 || param.test_whole_set(), asker,
          " goes by tests, of which there are none; test_whole_set: true or "
          "test_iter asks for them");
  Require(param.patience() >= 1, "patience is ", param.patience(),
          "; it takes at least 1 test to see that nothing improves");
  Require(param.factor() > 0 && param.factor() < 1, "factor is ",
          param.factor(), "; between 0 and 1 it lowers the rate");
  Require(param.min_delta() >= 0 && param.cooldown() >= 0, "min_delta is ",
          param.min_delta(), " and cooldown ", param.cooldown(),
          "; neither can be negative");
}

}  // namespace doppio
