// early_stopping.cpp - counting epochs without improvement.
#include "percept/train/callbacks/early_stopping.h"

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

EarlyStopping::EarlyStopping(Options options)
    : options_(std::move(options)), monitor_(kType, options_.monitor, options_.mode, options_.min_delta) {
  if (options_.patience < 0)
    throw ValueError("EarlyStopping: patience = " + number(options_.patience), "use 0 or more epochs");
  if (options_.start_from_epoch < 0)
    throw ValueError("EarlyStopping: start_from_epoch = " + number(options_.start_from_epoch), "epochs count from 0");
}

void EarlyStopping::on_train_begin(Progress& at) {
  monitor_.begin(at);
  wait_ = stopped_epoch_ = best_epoch_ = 0;
  best_.reset();
  best_states_ = {};
}

void EarlyStopping::on_epoch_end(Progress& at) {
  const std::optional<double> current = monitor_.current(at.logs, [&] {
    return "Early stopping conditioned on metric `" + options_.monitor +
           "` which is not available. Available metrics are: " + names_of(at.logs);
  });
  if (!current || at.epoch < options_.start_from_epoch) return;
  const auto keep = [&] {
    best_epoch_ = at.epoch;
    if (options_.restore_best_weights) best_states_ = SavedStates(at.model);
  };
  if (best_states_.empty()) keep();
  ++wait_;
  if (monitor_.better(*current, best_)) {
    best_ = current;
    keep();
    if (monitor_.better(*current, options_.baseline)) wait_ = 0;
  } else if (wait_ >= options_.patience) {
    stopped_epoch_ = at.epoch;
    at.stop = true;
    if (at.stopped_by.empty()) at.stopped_by = std::string(kType) + " after epoch " + number(at.epoch + 1);
  }
}

void EarlyStopping::on_train_end(Progress& at) {
  if (stopped_epoch_ > 0) tell(options_.verbose, "Epoch " + number(stopped_epoch_ + 1) + ": early stopping");
  if (!best_states_.empty()) {
    tell(options_.verbose, "Restoring model weights from the end of the best epoch: " + number(best_epoch_ + 1) + ".");
    best_states_.put_back(at.model);
    if (best_epoch_ + 1 < at.epoch) at.restored_epoch = best_epoch_ + 1;  // at.epoch: how many there were
  }
  best_states_ = {};
}

void EarlyStopping::on_failure(Progress&) { best_states_ = {}; }

}  // namespace percept
