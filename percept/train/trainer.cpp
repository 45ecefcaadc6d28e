// trainer.cpp - the one loop for fit, evaluate and predict, and what it is made of.
#include "percept/train/trainer.h"

#include <chrono>
#include <utility>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/text.h"
#include "percept/train/standard_callbacks.h"
#include "percept/train/usual_step.h"

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
  if (options.initial_epoch < 0 || (options.steps == 0 && options.initial_epoch >= options.epochs))
    throw ValueError("fit: initial_epoch = " + number(options.initial_epoch) + ", epochs = " + number(options.epochs),
                     "epochs count from 0, and `epochs` is where they end");
  if (options.steps < 0) throw ValueError("fit: steps = " + number(options.steps), "use 0 (by epochs) or more");
  if (options.on_nan != "stop" && options.on_nan != "skip")
    throw ValueError("fit: on_nan = \"" + options.on_nan + "\"", "use \"stop\" or \"skip\"");
  if (options.micro_batches < 1)
    throw ValueError("fit: micro_batches = " + number(options.micro_batches), "use 1 (whole batches) or more");
  if (options.validation_freq < 1 || options.validation_steps < 0 || options.validation_batch_size < 1)
    throw ValueError("fit: validation_freq = " + number(options.validation_freq) +
                         ", validation_steps = " + number(options.validation_steps) +
                         ", validation_batch_size = " + number(options.validation_batch_size),
                     "validate after every first, second, ... epoch, on 0 (all) or more batches of at least 1");
  if (!options.optimizer)
    throw UsageError("fit: no optimizer", "set .optimizer, for example Adam{{.learning_rate = 1e-3}}");
}

}  // namespace

Trainer::Trainer(ModuleRef model, FitOptions options)
    : step(UsualStep{model, BatchLoss(options.loss, options.class_weight)}),
      model_(model),
      options_(std::move(options)),
      process_(&Trainer::train_on) {
  check(options_);
  if (options_.on_nan == "skip")
    options_.gradient_functions.insert(options_.gradient_functions.begin(), skip_unless_finite());
  const auto* usual = step.target<UsualStep>();
  if (options_.micro_batches > 1 && usual->loss.is_sum())
    throw UsageError("fit: micro_batches = " + number(options_.micro_batches) + ", and the loss is a sum over samples",
                     "use a loss with reduction \"mean\": parts are shares of a mean");
}

Trainer::Trainer(ModuleRef model, EvaluateOptions options)
    : step(UsualStep{model, BatchLoss(options.loss, {})}), model_(model), process_(&Trainer::look_at) {
  options_.metrics = std::move(options.metrics);
  options_.callbacks = std::move(options.callbacks);
  options_.penalties = std::move(options.penalties);
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
  if (!options_.class_weight.empty() && step.target<UsualStep>() == nullptr)
    throw UsageError("Trainer: class_weight is given, and the step is one's own, which it does not reach",
                     "multiply the losses in the step, and leave class_weight out");
  if (loader.num_batches() == 0)
    throw ValueError("Trainer: the loader has no batches: " + number(loader.dataset().size()) + " samples",
                     "give it data");
  Progress at{.model = model_, .optimizer = options_.optimizer ? &*options_.optimizer : nullptr};
  at.steps_per_epoch = loader.num_batches();
  at.batch_size = loader.options().batch_size;
  at.validates = options_.validation.has_value();
  at.scheduled = options_.schedule.has_value();
  const std::int64_t first = loader.state().position;  // a loader in mid-epoch: the first epoch is shorter
  at.total_steps = options_.steps > 0 ? options_.steps : checked_mul(options_.epochs, at.steps_per_epoch) - first;
  const std::int64_t last = at.total_steps - 1;  // counted so that the largest number of steps overflows nothing
  at.epoch = options_.initial_epoch;
  at.step = checked_mul(options_.initial_epoch, at.steps_per_epoch);
  if (at.step >= at.total_steps)
    throw ValueError("fit: steps = " + number(at.total_steps) + " end before initial_epoch = " +
                         number(options_.initial_epoch) + " of " + number(at.steps_per_epoch) + " steps each",
                     "`steps` counts from the first epoch on: use a larger number");
  at.epochs = last / at.steps_per_epoch + (last % at.steps_per_epoch + first) / at.steps_per_epoch + 1;
  return at;
}

Callback Trainer::validation() const {
  Dataset data = *options_.validation;
  const std::int64_t batch_size = options_.validation_batch_size;
  if (options_.validation_steps > 0 && options_.validation_steps <= data.size() / batch_size)
    data = data.subset(0, options_.validation_steps * batch_size);
  return Validate(std::move(data),
                  {.loss = options_.loss,
                   .metrics = options_.metrics,
                   .batch_size = batch_size,
                   .num_workers = options_.num_workers,
                   .penalties = options_.penalties,
                   .capture = options_.capture},
                  options_.validation_freq, options_.callbacks);
}

std::vector<Callback> Trainer::callbacks(History& history) const {
  std::vector<Callback> all{TrackMetrics(options_.metrics), StopAtLastStep()};
  if (options_.validation) all.emplace_back(validation());
  if (options_.schedule) all.emplace_back(FollowSchedule(*options_.schedule));
  all.insert(all.end(), options_.callbacks.begin(), options_.callbacks.end());
  if (options_.verbose) all.emplace_back(LogEpochs());
  all.emplace_back(RecordHistory(history));
  return all;
}

}  // namespace percept
