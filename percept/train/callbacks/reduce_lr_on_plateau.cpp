// reduce_lr_on_plateau.cpp - counting epochs without improvement, and what is waited for after a reduction.
#include "percept/train/callbacks/reduce_lr_on_plateau.h"

#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/train/python_text.h"

namespace percept {

ReduceLROnPlateau::ReduceLROnPlateau(Options options)
    : options_(std::move(options)), monitor_(kType, options_.monitor, options_.mode, options_.min_delta) {
  const std::string who(kType);
  if (!(options_.factor >= 0 && options_.factor < 1))
    throw ValueError(who + ": factor = " + number(options_.factor), "give a number from 0 to below 1, as 0.1");
  if (options_.patience < 0 || options_.cooldown < 0)
    throw ValueError(who + ": patience = " + number(options_.patience) + ", cooldown = " + number(options_.cooldown),
                     "use 0 or more epochs");
  if (!(options_.min_lr >= 0 && std::isfinite(options_.min_lr)))
    throw ValueError(who + ": min_lr = " + number(options_.min_lr), "give a finite number of at least 0");
}

void ReduceLROnPlateau::on_train_begin(Progress& at) {
  own_.keep(at, kType);
  monitor_.begin(at);
  wait_ = cooling_ = 0;
  best_.reset();
}

// Nothing happens to a rate that is at its end already.
bool ReduceLROnPlateau::reduced(Progress& at) const {
  const double old = at.optimizer->learning_rate();
  if (!(old > options_.min_lr)) return false;
  const double fresh = std::max(old * options_.factor, options_.min_lr);
  at.optimizer->set_learning_rate(fresh);
  tell(options_.verbose,
       "Epoch " + number(at.epoch + 1) + ": ReduceLROnPlateau reducing learning rate to " + python_repr(fresh) + ".");
  return true;
}

void ReduceLROnPlateau::on_epoch_end(Progress& at) {
  at.logs["learning_rate"] = at.optimizer->learning_rate();
  const std::optional<double> current = monitor_.current(at.logs, [&] {
    return "Learning rate reduction is conditioned on metric `" + options_.monitor +
           "` which is not available. Available metrics are: " + names_of(at.logs) + ".";
  });
  if (!current) return;
  if (cooling_ > 0) {
    --cooling_;
    wait_ = 0;
  }
  if (monitor_.better(*current, best_)) {
    best_ = current;
    wait_ = 0;
  } else if (cooling_ == 0 && ++wait_ >= options_.patience && reduced(at)) {
    cooling_ = options_.cooldown;
    wait_ = 0;
  }
}

}  // namespace percept
