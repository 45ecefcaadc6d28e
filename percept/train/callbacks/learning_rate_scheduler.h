// learning_rate_scheduler.h - the learning rate of an epoch by a function, as Keras's LearningRateScheduler.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "percept/train/callback.h"

namespace percept {

// The optimizer's rate from before a run, for callbacks that move it.
class OwnRate {
 public:
  // UsageError, `who` first, where nothing is trained or a schedule moves the rate already.
  void keep(const Progress& at, std::string_view who);
  void put_back(Progress& at);  // if it was kept

 private:
  std::optional<double> rate_;
};

// At the start of each epoch the rate becomes schedule(epoch, rate so far); epochs count from 0. logs["learning_rate"]
// is the rate of the epoch. The optimizer gets its own rate back at the end of the run. Says "Epoch 3:
// LearningRateScheduler setting learning rate to 0.05.". The rate at each step is a Schedule's business
// (optim/schedule.h). UsageError beside such a schedule.
class LearningRateScheduler {
 public:
  static constexpr std::string_view kType = "LearningRateScheduler";
  explicit LearningRateScheduler(std::function<double(std::int64_t epoch, double rate)> schedule, int verbose = 0);

  void on_train_begin(Progress& at) { own_.keep(at, kType); }
  void on_epoch_begin(Progress& at);
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at) { own_.put_back(at); }
  void on_failure(Progress& at) { own_.put_back(at); }

 private:
  std::function<double(std::int64_t, double)> schedule_;
  int verbose_;
  OwnRate own_;
};

}  // namespace percept
