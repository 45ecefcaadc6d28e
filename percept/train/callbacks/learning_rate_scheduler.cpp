// learning_rate_scheduler.cpp - asking a function for the rate of each epoch.
#include "percept/train/callbacks/learning_rate_scheduler.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/train/monitor.h"
#include "percept/train/python_text.h"

namespace percept {

void OwnRate::keep(const Progress& at, std::string_view who) {
  const std::string name(who);
  if (at.optimizer == nullptr)
    throw UsageError(name + ": nothing is trained, so there is no learning rate", "give it to fit, not to evaluate");
  if (at.scheduled)
    throw UsageError(name + ": the learning rate follows a schedule, which sets it at every step",
                     "leave out the schedule or " + name);
  rate_ = at.optimizer->learning_rate();
}

void OwnRate::put_back(Progress& at) {
  if (rate_) at.optimizer->set_learning_rate(*rate_);
  rate_.reset();
}

LearningRateScheduler::LearningRateScheduler(std::function<double(std::int64_t epoch, double rate)> schedule,
                                             int verbose)
    : schedule_(std::move(schedule)), verbose_(verbose) {
  if (!schedule_) throw UsageError("LearningRateScheduler: no function", "give it one of epoch and learning rate");
}

void LearningRateScheduler::on_epoch_begin(Progress& at) {
  const double rate = schedule_(at.epoch, at.optimizer->learning_rate());
  at.optimizer->set_learning_rate(rate);
  tell(verbose_,
       "Epoch " + number(at.epoch + 1) + ": LearningRateScheduler setting learning rate to " + python_repr(rate) + ".");
}

void LearningRateScheduler::on_epoch_end(Progress& at) { at.logs["learning_rate"] = at.optimizer->learning_rate(); }

}  // namespace percept
