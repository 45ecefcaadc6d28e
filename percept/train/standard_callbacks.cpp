// standard_callbacks.cpp - the callbacks that fit adds by itself.
#include "percept/train/standard_callbacks.h"

#include <limits>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/text.h"

namespace percept {

void TrackMetrics::on_train_begin(Progress& at) {
  for (const Metric& metric : metrics_)
    if (const auto up = metric.higher_is_better())
      at.higher_is_better[metric.name()] = at.higher_is_better["val_" + metric.name()] = *up;
}

void TrackMetrics::on_epoch_begin(Progress& at) {
  names_.clear();
  for (Metric& metric : metrics_) {
    metric.reset();
    names_.push_back(metric.name());
  }
  loss_.reset();
  at.logs.clear();
}

void TrackMetrics::on_step(Progress& at) {
  if (at.skipped) return;
  if (at.loss) {
    loss_.add(*at.loss, static_cast<double>(at.batch.x.size(0)));
    at.logs["loss"] = loss_.result();
  }
  if (!metrics_.empty() && !at.output.defined())
    throw UsageError("Trainer: the step returns no output, but metrics want to see it: " + join(names_),
                     "return {loss, output} from the step, or leave the metrics out");
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    metrics_[i].update(at.output, at.batch.y);
    if (!metrics_[i].costly()) at.logs[names_[i]] = metrics_[i].result();
  }
}

void TrackMetrics::on_epoch_end(Progress& at) {
  for (std::size_t i = 0; i < metrics_.size(); ++i)
    if (metrics_[i].costly()) at.logs[names_[i]] = metrics_[i].result();
}

void FollowSchedule::set_rate(Progress& at) {
  const double rate = schedule_.learning_rate({.base_learning_rate = base_,
                                               .step = at.step,
                                               .total_steps = at.total_steps,
                                               .steps_per_epoch = at.steps_per_epoch,
                                               .metric = metric_});
  at.optimizer->set_learning_rate(rate);
}

void FollowSchedule::on_train_begin(Progress& at) {
  base_ = at.optimizer->learning_rate();
  metric_.clear();
  set_rate(at);
}

void FollowSchedule::on_step(Progress& at) {
  at.logs["learning_rate"] = at.optimizer->learning_rate();
  if (at.step < at.total_steps) set_rate(at);  // for the next step
}

void FollowSchedule::on_epoch_end(Progress& at) {
  const std::string name = schedule_.monitor();
  if (name.empty()) return;
  const auto found = at.logs.find(name);
  if (found == at.logs.end()) {
    std::vector<std::string> known;
    for (const auto& [log, value] : at.logs) known.push_back(log);
    throw UsageError("fit: the schedule " + std::string(schedule_.type_name()) + " monitors " + name +
                         ", which is not among the epoch's logs: " + join(known),
                     name.starts_with("val_") ? "give fit validation data, or set monitor = \"loss\""
                                              : "set monitor to one of them");
  }
  metric_.push_back(found->second);
  if (at.step < at.total_steps) set_rate(at);
}

void FollowSchedule::on_train_end(Progress& at) { at.optimizer->set_learning_rate(base_); }

void Validate::on_epoch_end(Progress& at) {
  if ((at.epoch + 1) % every_ != 0) return;
  for (const Callback& listener : listeners_) listener.on_test_begin(at);
  for (const auto& [name, value] : evaluate(at.model, data_, options_)) at.logs["val_" + name] = value;
  for (const Callback& listener : listeners_) listener.on_test_end(at);
}

void LogEpochs::on_epoch_end(Progress& at) {
  if (!log_enabled(LogLevel::info)) return;
  std::string line = "epoch " + number(at.epoch + 1) + "/" + number(at.epochs);
  for (const auto& [name, value] : at.logs) line += ", " + name + " " + number(static_cast<float>(value));
  log(LogLevel::info, line);
}

void RecordHistory::on_train_begin(Progress& at) {
  *history_ = History{};
  history_->params = {at.epochs, at.steps_per_epoch, at.batch_size};
  first_step_ = at.step;
}

// NaN for the epochs that had no such value.
void RecordHistory::fill_up() {
  for (auto& [name, values] : history_->metrics)
    values.resize(history_->epoch.size(), std::numeric_limits<double>::quiet_NaN());
}

void RecordHistory::on_epoch_end(Progress& at) {
  for (const auto& [name, value] : at.logs) history_->metrics.try_emplace(name);
  fill_up();
  for (const auto& [name, value] : at.logs) history_->metrics[name].push_back(value);
  history_->epoch.push_back(at.epoch);
  history_->epochs = static_cast<std::int64_t>(history_->epoch.size());
  history_->steps = at.step - first_step_;
  history_->skipped_steps = at.skipped_steps;
  history_->samples = at.samples;
  history_->seconds = at.seconds;
  history_->images_per_second = at.seconds > 0 ? static_cast<double>(at.samples) / at.seconds : 0;
}

void RecordHistory::on_train_end(Progress& at) {
  fill_up();
  history_->restored_epoch = at.restored_epoch;
  if (at.step >= at.total_steps) return;
  history_->stopped = at.stopped_by.empty() ? "a callback after step " + number(at.step) : at.stopped_by;
}

}  // namespace percept
