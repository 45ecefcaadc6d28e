// standard_callbacks.h - what fit itself is made of besides the loop: metrics, schedule, validation, history, log
// lines.
#pragma once
#include <string>
#include <vector>

#include "percept/metrics/metric.h"
#include "percept/train/callback.h"
#include "percept/train/fit.h"
#include "percept/train/history.h"

namespace percept {

// Keeps logs["loss"] and the metrics' names at their values over the epoch's samples so far. Skipped steps do not
// count.
class TrackMetrics {
 public:
  explicit TrackMetrics(std::vector<Metric> metrics) : metrics_(std::move(metrics)) {}
  void on_train_begin(Progress& at);
  void on_epoch_begin(Progress& at);
  void on_step(Progress& at);
  void on_epoch_end(Progress& at);  // those that are too dear to be asked at every step

 private:
  std::vector<Metric> metrics_;
  std::vector<std::string> names_;
  RunningMean loss_;
};

// Sets the learning rate of every step; logs["learning_rate"] is that of the epoch's last one. The optimizer gets its
// own rate back at the end. After Validate, whose values a schedule may monitor.
class FollowSchedule {
 public:
  explicit FollowSchedule(Schedule schedule) : schedule_(std::move(schedule)) {}
  void on_train_begin(Progress& at);
  void on_step(Progress& at);
  // UsageError when the logs lack what the schedule monitors.
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at);
  void on_failure(Progress& at) { on_train_end(at); }

 private:
  void set_rate(Progress& at);
  Schedule schedule_;
  double base_ = 0;
  std::vector<double> metric_;  // what the schedule monitors, one value per epoch
};

// Adds val_<name> at the end of each epoch whose number, from 1, `every` divides. The listeners hear of it before and
// after.
class Validate {
 public:
  Validate(Dataset data, EvaluateOptions options, std::int64_t every, std::vector<Callback> listeners)
      : data_(std::move(data)), options_(std::move(options)), every_(every), listeners_(std::move(listeners)) {}
  void on_epoch_end(Progress& at);

 private:
  Dataset data_;
  EvaluateOptions options_;
  std::int64_t every_;
  std::vector<Callback> listeners_;
};

// Ends the run after its last step, in the middle of an epoch if need be.
struct StopAtLastStep {
  void on_step(Progress& at) { at.stop = at.stop || at.step >= at.total_steps; }
};

// One line per epoch to the log sink.
class LogEpochs {
 public:
  void on_epoch_end(Progress& at);
};

// Writes the history; the last of all, so that it sees what the others added.
class RecordHistory {
 public:
  explicit RecordHistory(History& history) : history_(&history) {}
  void on_train_begin(Progress& at);
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at);

 private:
  void fill_up();
  History* history_;
  std::int64_t first_step_ = 0;
};

}  // namespace percept
