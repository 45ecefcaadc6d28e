// terminate_on_nan.cpp - looking at each batch's loss.
#include "percept/train/callbacks/terminate_on_nan.h"

#include <cmath>

#include "percept/base/text.h"
#include "percept/train/monitor.h"

namespace percept {

void TerminateOnNaN::on_step(Progress& at) {
  if (options_.raise_error || !at.loss || std::isfinite(*at.loss)) return;
  tell(1, "Batch " + number(at.step_in_epoch - 1) + ": Invalid loss, terminating training");
  at.stop = true;
  if (at.stopped_by.empty()) at.stopped_by = std::string(kType) + " after step " + number(at.step);
}

}  // namespace percept
