// ema_weights.cpp - averaging after each update, and exchanging averages with weights.
#include "percept/train/callbacks/ema_weights.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {

EMAWeights::EMAWeights(Options options) : options_(options) {
  if (!(options.momentum >= 0 && options.momentum <= 1))
    throw ValueError("EMAWeights: momentum = " + number(options.momentum), "give the share of the old average, 0 to 1");
  if (options.overwrite_frequency < 0)
    throw ValueError("EMAWeights: overwrite_frequency = " + number(options.overwrite_frequency),
                     "give a number of updates, or 0 for never");
}

void EMAWeights::on_train_begin(Progress& at) {
  if (at.optimizer == nullptr)
    throw UsageError("EMAWeights: nothing is trained, so there is nothing to average",
                     "give it to fit, not to evaluate");
  kept_.clear();
  averages_in_model_ = false;
  updates_ = 0;
}

void EMAWeights::on_epoch_begin(Progress& at) {
  swap(at, false);
  parameters_ = parameters(at.model);
}

void EMAWeights::on_step(Progress& at) {
  if (at.skipped) return;
  const NoGrad no_grad;
  for (State* parameter : parameters_) {
    const Tensor value = parameter->tensor().detach();
    const auto [place, fresh] = kept_.try_emplace(parameter->id(), value);
    if (!fresh) place->second = lerp(place->second, value, 1 - options_.momentum);
  }
  ++updates_;
  if (options_.overwrite_frequency == 0 || updates_ % options_.overwrite_frequency != 0) return;
  for (State* parameter : parameters_) assign(*parameter, kept_.at(parameter->id()));
}

void EMAWeights::on_epoch_end(Progress& at) {
  if (options_.swap_on_epoch) swap(at, true);
}

// Both are handles on values that nobody writes over: no memory is copied.
void EMAWeights::swap(Progress& at, bool averages) {
  if (averages == averages_in_model_ || kept_.empty()) return;
  for (State* parameter : parameters(at.model)) {
    const auto place = kept_.find(parameter->id());
    if (place == kept_.end()) continue;  // was frozen so far
    const Tensor value = parameter->tensor().detach();
    assign(*parameter, place->second);
    place->second = value;
  }
  averages_in_model_ = averages;
}

}  // namespace percept
