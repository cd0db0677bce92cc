#include "solver/check.h"

#include <cmath>
#include <string>

#include "doppio/error.h"
#include "solver/epochs.h"
#include "solver/learning_rate.h"
#include "solver/nets.h"
#include "solver/plateau.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

void CheckTrainNet(const SolverParameter& param) {
  const int nets = param.has_net() + param.has_net_param() +
                   param.has_train_net() + param.has_train_net_param();
  Require(nets == 1, nets == 0 ? "no" : "more than one",
          " training net is given; name it by exactly one of net, net_param, "
          "train_net, train_net_param");
}

void CheckTestNets(const SolverParameter& param) {
  Require(
      !param.test_whole_set() || param.test_iter_size() == 0,
      "test_whole_set and test_iter both say how many batches a test takes; "
      "keep one");
  const int own = param.test_net_param_size() + param.test_net_size();
  const int tests = CountTestNets(param);
  const bool general = param.has_net() || param.has_net_param();
  Require(tests >= own, "test_iter gives the batches for ", tests, " of ", own,
          " test nets; give one for each");
  Require(general || tests == own, "test_iter gives the batches for ", tests,
          " test nets, but ", own,
          " are named, and there is no net or net_param to make more of");
  const int states = param.test_state_size();
  Require(states == 0 || states == tests, "test_state gives the state of ",
          states, " of ", tests, " test nets; give none, or one for each");
  Require(tests == 0 || param.test_interval() > 0 ||
              param.test_interval_epochs() > 0,
          param.test_whole_set() ? "test_whole_set" : "test_iter",
          " asks for tests, but test_interval, the iterations between "
          "them, is ",
          param.test_interval());
}

void CheckUpdate(const SolverParameter& param) {
  UpdateRuleRegistry::Global().Create(param);
  const std::string& kind = param.regularization_type();
  Require(param.weight_decay() == 0 || kind == "L1" || kind == "L2",
          "regularization_type \"", kind, "\" is neither \"L1\" nor \"L2\"");
}

}  // namespace

void CheckSolver(const SolverParameter& param) {
  CheckTrainNet(param);
  CheckTestNets(param);
  CheckEpochs(param);
  CheckLearningRate(param);
  CheckPlateau(param);
  CheckUpdate(param);
  Require(param.loss_scale() > 0 && std::isfinite(param.loss_scale()),
          "loss_scale is ", param.loss_scale(),
          "; gradients need a factor above 0");
  Require(param.iter_size() >= 1, "iter_size is ", param.iter_size(),
          "; an update needs at least 1 batch");
  Require(param.average_loss() >= 1, "average_loss is ", param.average_loss(),
          "; the loss shown is a mean over at least 1 iteration");
  Require(param.keep_last() >= 0, "keep_last is ", param.keep_last(),
          "; 0 keeps all snapshots");
}

}  // namespace doppio
