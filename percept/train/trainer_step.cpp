// trainer_step.cpp - what can happen with a batch: an update, eagerly or as a plan, or only a look.
#include <algorithm>
#include <cmath>
#include <utility>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"
#include "percept/ops/ops.h"
#include "percept/train/micro_batches.h"
#include "percept/train/trainer.h"
#include "percept/train/usual_step.h"

namespace percept {
namespace {

// What a plan is given of a batch, and the batch again.
std::vector<Tensor> tensors_of(const Batch& batch) {
  std::vector<Tensor> all{batch.x};
  for (const Tensor* one : {&batch.y, &batch.weight})
    if (one->defined()) all.push_back(*one);
  return all;
}
Batch batch_of(const std::vector<Tensor>& given, const Batch& like) {
  auto next = given.begin();
  const auto taken = [&](const Tensor& one) { return one.defined() ? *next++ : Tensor(); };
  const Tensor x = taken(like.x), y = taken(like.y);
  return {x, y, like.first_sample, taken(like.weight)};
}

}  // namespace

void Trainer::look_at(Progress& at) {
  const InferenceScope inference;
  if (at.step_in_epoch == 0) plans_.clear();
  StepResult result = may_be_planned(at) ? look_by_plan(at) : forward(at.batch);
  at.output = std::move(result.output);
  if (result.loss.defined()) at.loss = result.loss.item();
}

// Forward, backward, the gradient functions, the update. The scope numbers the step for what layers draw.
void Trainer::train_on(Progress& at) {
  const TrainingScope training(at.step, options_.seed);
  if (at.step_in_epoch == 0) {
    trained_ = parameters(model_);
    plans_.clear();
  }
  at.skipped = false;
  at.loss.reset();
  for (State* state : trained_) set_grad(*state, {});  // what others left there is none of this step's
  if (const auto* usual = step.target<UsualStep>()) usual->loss.check_labels(at.batch);
  const bool looks =
      !std::all_of(options_.gradient_functions.begin(), options_.gradient_functions.end(), reads_no_values);
  try {
    if (options_.optimizer->needs_closure())
      update_by_closure(at);
    else if (!looks && may_be_planned(at) && at.batch.y.defined() && options_.optimizer->may_be_captured())
      update_by_plan(at);
    else
      update_eagerly(at);
  } catch (const NotANumberError&) {
    if (!at.nan_is_heard || !at.loss || std::isfinite(*at.loss)) throw;
    at.skipped = true;
  }
  if (at.skipped) ++at.skipped_steps;
}

// With the penalties.
StepResult Trainer::forward(const Batch& batch) const {
  PenaltyScope penalties(options_.penalties, model_);
  StepResult result = step(batch);
  if (result.loss.defined() && result.loss.numel() != 1)
    throw ShapeError("fit: the loss has shape " + str(result.loss.shape()),
                     "reduce it to one element first, e.g. with mean(x), or give one value per sample: [B]");
  result.loss = penalties.added_to(result.loss, batch.x.size(0));
  return result;
}

// The gradients of the mean over the whole batch, part by part; `look` sees that before any update.
StepResult Trainer::forward_and_backward(const Batch& batch, FunctionRef<void(const Tensor& loss)> look) const {
  const auto with_loss = [&](const Batch& part) {
    StepResult result = forward(part);
    if (result.loss.defined()) return result;
    throw UsageError("fit: no loss", "set .loss, for example CrossEntropyLoss{}, or a Trainer's step that returns one");
  };
  if (options_.micro_batches == 1) {
    StepResult result = with_loss(batch);
    look(result.loss);
    result.loss.backward();
    return result;
  }
  GradientTree tree(trained_);
  Tensor loss;
  std::vector<Tensor> outputs;
  for (const Batch& part : cut(batch, options_.micro_batches)) {
    const StepResult result = with_loss(part);
    const Tensor share = result.loss * (static_cast<double>(part.x.size(0)) / static_cast<double>(batch.x.size(0)));
    share.backward();
    tree.take();
    loss = loss.defined() ? loss + share.detach() : share.detach();
    if (result.output.defined()) outputs.push_back(result.output.detach());
  }
  tree.put_back();
  look(loss);
  return {loss, outputs.empty() ? Tensor() : outputs.size() == 1 ? outputs[0] : concat(outputs, 0)};
}

bool Trainer::may_be_planned(const Progress& at) const {
  constexpr std::int64_t kWorthAPlan = 4;  // steps: one to record and plan takes as long as a few
  return options_.capture && at.steps_per_epoch >= kWorthAPlan && step.target<UsualStep>() != nullptr &&
         !calls_are_observed();
}

// All of it. The loss is looked at where the forward pass ends, and the plan keeps updates behind that.
void Trainer::update_by_plan(Progress& at) {
  const auto whole = [&](const std::vector<Tensor>& in) {
    const StepResult result = forward_and_backward(batch_of(in, at.batch), [&](const Tensor& loss) {
      host_check(loss, [this, &at](double value) {
        at.loss = value;
        finite_or_skipped(at);
      });
    });
    change_gradients();
    options_.optimizer->step(trained_);
    constrain();
    return std::vector<Tensor>{result.output};
  };
  at.output = std::move(plans_.run(whole, tensors_of(at.batch))[0]);
}

// The update by itself, where it or what acts on the gradients does something else each time.
void Trainer::update_eagerly(Progress& at) {
  const bool planned = may_be_planned(at) && at.batch.y.defined();
  const StepResult result =
      planned ? forward_and_backward_by_plan(at) : forward_and_backward(at.batch, [](const Tensor&) {});
  at.output = result.output.detach();
  at.loss = result.loss.item();
  at.skipped = !finite_or_skipped(at) || !change_gradients();
  if (at.skipped) {
    log(LogLevel::warning,
        "step " + number(at.step) + ": update left out, loss " + number(*at.loss) + " or its gradients are not finite");
    return;
  }
  options_.optimizer->step(trained_);
  constrain();
}

StepResult Trainer::forward_and_backward_by_plan(Progress& at) {
  const auto both = [&](const std::vector<Tensor>& in) {
    const StepResult result = forward_and_backward(batch_of(in, at.batch), [](const Tensor&) {});
    return std::vector<Tensor>{result.loss, result.output};
  };
  std::vector<Tensor> results = plans_.run(both, tensors_of(at.batch));
  return {std::move(results[0]), std::move(results[1])};
}

StepResult Trainer::look_by_plan(Progress& at) {
  const auto look = [&](const std::vector<Tensor>& in) {
    const StepResult result = forward(batch_of(in, at.batch));
    return result.loss.defined() ? std::vector<Tensor>{result.output, result.loss} : std::vector<Tensor>{result.output};
  };
  std::vector<Tensor> results = plans_.run(look, tensors_of(at.batch));
  return {results.size() > 1 ? std::move(results[1]) : Tensor(), std::move(results[0])};
}

// An optimizer that evaluates several times in a step; without gradients it leaves the weights as they are. What counts
// is the first evaluation.
void Trainer::update_by_closure(Progress& at) {
  bool first = true;
  options_.optimizer->step(trained_, [&] {
    const StepResult result = forward_and_backward(at.batch, [](const Tensor&) {});
    if (first) {
      at.output = result.output.detach();
      at.loss = result.loss.item();
      at.skipped = !finite_or_skipped(at);
    }
    if (at.skipped)
      for (State* state : trained_) set_grad(*state, {});
    else if (!change_gradients() && first)
      at.skipped = true;
    first = false;
    return result.loss.detach();
  });
  if (!at.skipped) constrain();
}

// The loss is looked at before it can touch the weights.
bool Trainer::finite_or_skipped(Progress& at) const {
  if (std::isfinite(*at.loss)) return true;
  for (State* state : trained_) set_grad(*state, {});  // a plan has them already
  if (options_.on_nan == "skip") return false;
  throw NotANumberError(
      "fit: loss is " + number(*at.loss) + " at step " + number(at.step) + " (epoch " + number(at.epoch + 1) +
          "), learning_rate is " + number(at.optimizer->learning_rate()),
      "lower learning_rate, clip the gradients (clip_global_norm), look for NaN in the data, or leave such "
      "steps out with on_nan = \"skip\"; the weights are those before this step");
}

// Whether an update shall follow.
bool Trainer::change_gradients() {
  if (options_.gradient_functions.empty()) return true;
  const NoGrad no_grad;
  std::vector<Tensor> gradients;
  for (const State* state : trained_) gradients.push_back(state->grad());
  for (const GradientFunction& change : options_.gradient_functions) {
    gradients = change(std::move(gradients));
    if (gradients.empty()) break;
  }
  for (State* state : trained_) set_grad(*state, {});
  if (gradients.empty()) return trained_.empty();
  if (gradients.size() != trained_.size())
    throw ValueError("fit: a gradient function gave " + number(gradients.size()) + " gradients for " +
                         number(trained_.size()) + " parameters",
                     "give one per parameter, or none to leave the update out");
  for (std::size_t i = 0; i < trained_.size(); ++i)
    if (gradients[i].defined()) set_grad(*trained_[i], gradients[i]);
  return true;
}

void Trainer::constrain() const {
  for (const Constraint& constraint : options_.constraints) constraint.apply(model_);
}

}  // namespace percept
