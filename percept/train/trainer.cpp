// trainer.cpp - the one loop for fit, evaluate and predict, and the two things that can happen with a batch.
#include "percept/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"
#include "percept/train/standard_callbacks.h"

namespace percept {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void check(const FitOptions& options) {
  if (options.epochs < 1) throw ValueError("fit: epochs = " + number(options.epochs), "use at least 1");
  if (options.steps < 0) throw ValueError("fit: steps = " + number(options.steps), "use 0 (by epochs) or more");
  if (options.on_nan != "stop" && options.on_nan != "skip")
    throw ValueError("fit: on_nan = \"" + options.on_nan + "\"", "use \"stop\" or \"skip\"");
  if (!options.optimizer)
    throw UsageError("fit: no optimizer", "set .optimizer, for example Adam{{.learning_rate = 1e-3}}");
}

// What a Trainer does with a batch unless it is told otherwise. It has a name, so that it can be known again.
struct UsualStep {
  ModuleRef model;
  LossFunction loss;
  StepResult operator()(const Batch& batch) const {
    const Tensor output = model(batch.x);
    return {loss ? loss(output, batch.y) : Tensor(), output};
  }
};

}  // namespace

Trainer::Trainer(ModuleRef model, FitOptions options)
    : step(UsualStep{model, options.loss}), model_(model), options_(std::move(options)), process_(&Trainer::train_on) {
  check(options_);
  if (options_.on_nan == "skip")
    options_.gradient_functions.insert(options_.gradient_functions.begin(), skip_unless_finite());
}

Trainer::Trainer(ModuleRef model, EvaluateOptions options)
    : step(UsualStep{model, options.loss}), model_(model), process_(&Trainer::look_at) {
  options_.metrics = std::move(options.metrics);
  options_.callbacks = std::move(options.callbacks);
  options_.capture = options.capture;
}

// One pass through this loop is one epoch; nothing else in the library goes over batches.
History Trainer::run(DataLoader& loader) {
  History history;
  Progress at = begin(loader);
  if (process_ == &Trainer::train_on) warn_about_loss(model_, options_.loss);
  const std::vector<Callback> listeners = callbacks(history);
  const auto tell = [&](void (Callback::*hook)(Progress&) const) {
    for (const Callback& listener : listeners) (listener.*hook)(at);
  };
  try {
    tell(&Callback::on_train_begin);
    for (; at.epoch < at.epochs && !at.stop; ++at.epoch) {
      const Stopwatch watch;
      at.step_in_epoch = 0;
      tell(&Callback::on_epoch_begin);
      for (const Batch& batch : loader) {
        at.batch = batch;
        (this->*process_)(at);
        ++at.step;
        ++at.step_in_epoch;
        at.samples += batch.x.size(0);
        tell(&Callback::on_step);
        if (at.stop) break;
      }
      at.seconds += watch.seconds();
      tell(&Callback::on_epoch_end);
    }
    tell(&Callback::on_train_end);
  } catch (...) {
    tell(&Callback::on_failure);
    throw;
  }
  return history;
}

Progress Trainer::begin(const DataLoader& loader) {
  if (loader.num_batches() == 0)
    throw ValueError("Trainer: the loader has no batches: " + number(loader.dataset().size()) + " samples",
                     "give it data");
  Progress at{.model = model_, .optimizer = options_.optimizer ? &*options_.optimizer : nullptr};
  at.steps_per_epoch = loader.num_batches();
  at.batch_size = loader.options().batch_size;
  const std::int64_t first = loader.state().position;  // a loader in mid-epoch: the first epoch is shorter
  at.total_steps = options_.steps > 0 ? options_.steps : checked_mul(options_.epochs, at.steps_per_epoch) - first;
  const std::int64_t last = at.total_steps - 1;  // counted so that the largest number of steps overflows nothing
  at.epochs = last / at.steps_per_epoch + (last % at.steps_per_epoch + first) / at.steps_per_epoch + 1;
  return at;
}

std::vector<Callback> Trainer::callbacks(History& history) const {
  std::vector<Callback> all{TrackMetrics(options_.metrics), StopAtLastStep()};
  if (options_.validation)
    all.emplace_back(Validate(*options_.validation, {.loss = options_.loss,
                                                     .metrics = options_.metrics,
                                                     .num_workers = options_.num_workers,
                                                     .capture = options_.capture}));
  if (options_.schedule) all.emplace_back(FollowSchedule(*options_.schedule));
  all.insert(all.end(), options_.callbacks.begin(), options_.callbacks.end());
  if (options_.verbose) all.emplace_back(LogEpochs());
  all.emplace_back(RecordHistory(history));
  return all;
}

void Trainer::look_at(Progress& at) {
  const InferenceScope inference;
  if (at.step_in_epoch == 0) plans_.clear();
  StepResult result = may_be_planned(at) ? look_by_plan(at) : step(at.batch);
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
  for (State* state : trained_) set_grad(*state, {});  // what others left there is none of this step's
  if (options_.optimizer->needs_closure()) {
    bool first = true;
    options_.optimizer->step(trained_, [&] { return look_again(at, std::exchange(first, false)); });
    if (at.skipped) ++at.skipped_steps;
    return;
  }
  const bool planned = may_be_planned(at) && at.batch.y.defined();
  if (planned && options_.optimizer->may_be_captured() &&
      std::all_of(options_.gradient_functions.begin(), options_.gradient_functions.end(), reads_no_values))
    return step_by_plan(at);
  const StepResult result = planned ? forward_and_backward_by_plan(at) : forward(at.batch);
  at.output = result.output.detach();
  at.loss = result.loss.item();
  at.skipped = !finite_or_skipped(at);
  if (!at.skipped) {
    if (!planned) result.loss.backward();
    at.skipped = !change_gradients();
  }
  if (at.skipped) {
    ++at.skipped_steps;
    log(LogLevel::warning,
        "step " + number(at.step) + ": update left out, loss " + number(*at.loss) + " or its gradients are not finite");
  } else {
    options_.optimizer->step(trained_);
  }
}

StepResult Trainer::forward(const Batch& batch) const {
  StepResult result = step(batch);
  if (!result.loss.defined())
    throw UsageError("fit: no loss", "set .loss, for example CrossEntropyLoss{}, or a Trainer's step that returns one");
  if (result.loss.numel() != 1)
    throw ShapeError("fit: the loss has shape " + str(result.loss.shape()),
                     "reduce it to one element first, e.g. with mean(x)");
  return result;
}

bool Trainer::may_be_planned(const Progress& at) const {
  constexpr std::int64_t kWorthAPlan = 4;  // steps: one to record and plan takes as long as a few
  return options_.capture && at.steps_per_epoch >= kWorthAPlan && step.target<UsualStep>() != nullptr &&
         !calls_are_observed();
}

// All of it. The loss is looked at where the forward pass ends, and the plan keeps updates behind that.
void Trainer::step_by_plan(Progress& at) {
  const auto whole = [&](const std::vector<Tensor>& in) {
    const StepResult result = forward({in[0], in[1], at.batch.first_sample});
    host_check(result.loss, [this, &at](double loss) {
      at.loss = loss;
      finite_or_skipped(at);
    });
    result.loss.backward();
    change_gradients();
    options_.optimizer->step(trained_);
    return std::vector<Tensor>{result.output};
  };
  at.output = std::move(plans_.run(whole, {at.batch.x, at.batch.y})[0]);
}

// Without the update, where it or what acts on the gradients does something else each time.
StepResult Trainer::forward_and_backward_by_plan(Progress& at) {
  const auto both = [&](const std::vector<Tensor>& in) {
    const StepResult result = forward({in[0], in[1], at.batch.first_sample});
    result.loss.backward();
    return std::vector<Tensor>{result.loss, result.output};
  };
  std::vector<Tensor> results = plans_.run(both, {at.batch.x, at.batch.y});
  return {std::move(results[0]), std::move(results[1])};
}

StepResult Trainer::look_by_plan(Progress& at) {
  const auto look = [&](const std::vector<Tensor>& in) {
    const StepResult result = step({in[0], in.size() > 1 ? in[1] : Tensor(), at.batch.first_sample});
    return result.loss.defined() ? std::vector<Tensor>{result.output, result.loss} : std::vector<Tensor>{result.output};
  };
  std::vector<Tensor> given{at.batch.x};
  if (at.batch.y.defined()) given.push_back(at.batch.y);
  std::vector<Tensor> results = plans_.run(look, given);
  return {results.size() > 1 ? std::move(results[1]) : Tensor(), std::move(results[0])};
}

// One evaluation of an optimizer that makes several in a step. Without gradients it leaves the weights as they are.
Tensor Trainer::look_again(Progress& at, bool first) {
  const StepResult result = forward(at.batch);
  if (first) {
    at.output = result.output.detach();
    at.loss = result.loss.item();
    at.skipped = !finite_or_skipped(at);
  }
  if (!at.skipped) {
    result.loss.backward();
    const bool kept = change_gradients();
    if (first) at.skipped = !kept;
  }
  return result.loss;
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

}  // namespace percept
