// step.h - one step of an item or recipe on one fixed batch of noise: what bench, plan and profile look at.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "percept/core/mode.h"
#include "percept/graph/capture.h"
#include "percept/nn/losses.h"
#include "percept/optim/optimizer.h"
#include "percept/recipes/items.h"

namespace percept {

class RecipeStep {
 public:
  // mode "train": forward, loss, backward, update; "infer": forward. UsageError for another one.
  // Batch: uniform in [0, 1), labels random. Until it goes, the thread is in training (or inference), at the recipe's
  // precision. DeviceError for one that this machine has not.
  RecipeStep(const BenchItem& item, const std::string& mode, bool capture);

  // The loss, 0 in mode "infer". NotANumberError for one that is none.
  double run();
  // The plan of a step, without running one.
  PlanReport plan();
  RecipeModel& model() { return model_; }
  PlanCache& plans() { return step_.plans(); }  // of the steps that ran

 private:
  Tensor step(const Tensor& x, const Tensor& y);

  bool train_, capture_;
  PrecisionScope precision_;  // the recipe's
  RecipeModel model_;
  LossFunction loss_;
  Optimizer optimizer_;
  Captured<std::function<Tensor(const Tensor&, const Tensor&)>> step_;
  std::optional<TrainingScope> training_;
  std::optional<InferenceScope> inference_;
  Tensor x_, y_;
  std::vector<State*> parameters_;
};

}  // namespace percept
