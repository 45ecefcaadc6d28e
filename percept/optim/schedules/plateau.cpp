// plateau.cpp - a smaller learning rate once a metric stops improving.
#include "percept/optim/schedules/plateau.h"

#include <algorithm>
#include <limits>

#include "percept/optim/schedule_record.h"
#include "percept/optim/schedule_units.h"

namespace percept {
namespace {

// Whether the metric improved on the best so far.
bool better(const Plateau::Options& o, double value, double best) {
  const double share = o.threshold_mode == "rel" ? o.threshold : 0,
               margin = o.threshold_mode == "rel" ? 0 : o.threshold;
  return o.mode == "min" ? value < best * (1 - share) - margin : value > best * (1 + share) + margin;
}

}  // namespace

Plateau::Plateau(Options options) : options_(std::move(options)) {
  if (options_.monitor.empty())
    throw ValueError("plateau: monitor is empty", "name a value among the epoch's logs, as \"val_loss\"");
  if (options_.mode != "min" && options_.mode != "max")
    throw ValueError("plateau: mode is \"" + options_.mode + "\"", "use \"min\" or \"max\"");
  if (options_.threshold_mode != "rel" && options_.threshold_mode != "abs")
    throw ValueError("plateau: threshold_mode is \"" + options_.threshold_mode + "\"", "use \"rel\" or \"abs\"");
  check_number("plateau", "factor", options_.factor, options_.factor >= 0 && options_.factor < 1,
               "give a factor of at least 0 and below 1");
  check_whole("plateau", "patience", options_.patience, 0);
  check_whole("plateau", "cooldown", options_.cooldown, 0);
  check_not_negative("plateau", "threshold", options_.threshold);
  check_not_negative("plateau", "min_lr", options_.min_lr);
  check_not_negative("plateau", "eps", options_.eps);
}

double Plateau::learning_rate(const SchedulePoint& at) const {
  const double worst = std::numeric_limits<double>::infinity();
  double rate = at.base_learning_rate, best = options_.mode == "min" ? worst : -worst;
  std::int64_t bad = 0, cooling = 0;
  for (const double value : at.metric) {
    if (better(options_, value, best)) {
      best = value;
      bad = 0;
    } else {
      ++bad;
    }
    if (cooling > 0) {
      --cooling;
      bad = 0;
    }
    if (bad <= options_.patience) continue;
    const double smaller = std::max(rate * options_.factor, options_.min_lr);
    if (rate - smaller > options_.eps) rate = smaller;
    cooling = options_.cooldown;
    bad = 0;
  }
  return rate;
}

std::vector<ScheduleRecord> schedules_plateau();
std::vector<ScheduleRecord> schedules_plateau() {
  return {schedule_record<Plateau>(
      "Times factor (down to min_lr) after more than `patience` epochs in a row in which `monitor` did not improve\n"
      "on its best by threshold (a share of the best with \"rel\", a difference with \"abs\"); then cooldown epochs\n"
      "without counting. Follows the metric's values at the ends of epochs, which fit and Trainer give it (a loop\n"
      "of your own: SchedulePoint::metric). PyTorch's ReduceLROnPlateau; Keras's callback fires one epoch earlier.")};
}

}  // namespace percept
