// lr_find.cpp - a short training with a growing rate, of which nothing stays.
#include "percept/train/lr_find.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/train/saved_states.h"

namespace percept {
namespace {

void check(const LrFindOptions& sweep) {
  if (!(sweep.first_rate > 0 && sweep.last_rate > sweep.first_rate && std::isfinite(sweep.last_rate)))
    throw ValueError("lr_find: rates from " + number(sweep.first_rate) + " to " + number(sweep.last_rate),
                     "use 0 < first_rate < last_rate");
  if (sweep.steps < 2) throw ValueError("lr_find: steps = " + number(sweep.steps), "use at least 2");
  if (!(sweep.smoothing >= 0 && sweep.smoothing < 1))
    throw ValueError("lr_find: smoothing = " + number(sweep.smoothing), "use 0 (none) to below 1");
  if (!(sweep.stop_factor == 0 || sweep.stop_factor > 1))
    throw ValueError("lr_find: stop_factor = " + number(sweep.stop_factor), "use a number above 1, or 0 for never");
}

// Values and gradients of a model, given back at the end, also of a training that fails.
class Borrowed {
 public:
  explicit Borrowed(ModuleRef model) : model_(model), values_(model) {
    for (const NamedState& named : states(model)) gradients_.push_back(named.state->grad());
  }
  ~Borrowed() {
    values_.put_back(model_);
    const std::vector<NamedState> all = states(model_);
    for (std::size_t i = 0; i < all.size(); ++i) set_grad(*all[i].state, gradients_[i]);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

 private:
  ModuleRef model_;
  SavedStates values_;
  std::vector<Tensor> gradients_;
};

struct Sweep {
  LrFindOptions options;
  std::vector<LrFindResult::Point>* points;
  double mean = 0, best = std::numeric_limits<double>::infinity();

  double rate_of(std::size_t step) const {
    const double share = static_cast<double>(step) / static_cast<double>(options.steps - 1);
    return options.first_rate * std::pow(options.last_rate / options.first_rate, share);
  }
  void on_train_begin(Progress& at) {
    at.nan_is_heard = true;
    at.optimizer->set_learning_rate(rate_of(0));
  }
  void on_step(Progress& at) {
    if (at.skipped || !at.loss || !std::isfinite(*at.loss)) {
      at.stop = true;
      return;
    }
    mean = options.smoothing * mean + (1 - options.smoothing) * *at.loss;
    const double smoothed = mean / (1 - std::pow(options.smoothing, static_cast<double>(points->size() + 1)));
    points->push_back({at.optimizer->learning_rate(), *at.loss, smoothed});
    best = std::min(best, smoothed);
    if (options.stop_factor > 0 && smoothed > options.stop_factor * best) at.stop = true;
    if (static_cast<std::int64_t>(points->size()) < options.steps)
      at.optimizer->set_learning_rate(rate_of(points->size()));
  }
};

void suggest(LrFindResult& result, const LrFindOptions& sweep) {
  const std::ptrdiff_t left_out = std::min<std::ptrdiff_t>(5, sweep.steps / 20);  // at the end, where the loss explodes
  result.steepest = result.minimum_tenth = std::numeric_limits<double>::quiet_NaN();
  const auto begin = result.points.begin() + std::min<std::ptrdiff_t>(sweep.steps / 10, std::ssize(result.points));
  const auto end = begin + std::max<std::ptrdiff_t>(0, result.points.end() - begin - left_out);
  if (end - begin < 2) return;
  // Over a tenth of the sweep: from one point to the next the noise of batches would decide.
  const std::ptrdiff_t apart = std::clamp<std::ptrdiff_t>(sweep.steps / 10, 1, end - begin - 1);
  double steepest = 0;  // what does not fall has no rate
  for (auto point = begin; point + apart != end; ++point) {
    const double fall = point[apart].smoothed - point->smoothed;  // equal ratios: along log(rate) for all alike
    if (fall >= steepest) continue;
    steepest = fall;
    result.steepest = point[apart / 2].rate;
  }
  const auto smallest =
      std::min_element(begin, end, [](const auto& a, const auto& b) { return a.smoothed < b.smoothed; });
  result.minimum_tenth = smallest->rate / 10;
}

}  // namespace

LrFindResult lr_find(ModuleRef model, const Dataset& data, const FitOptions& options, const LrFindOptions& sweep) {
  check(sweep);
  build(model, data.sample_shape());
  const Borrowed borrowed(model);
  LrFindResult result;
  FitOptions own = options;
  own.steps = sweep.steps;
  own.epochs = 1;
  own.initial_epoch = 0;
  own.validation.reset();
  own.validation_split = 0;
  own.schedule.reset();
  own.metrics.clear();
  own.verbose = false;
  own.callbacks = {Sweep{sweep, &result.points}};
  fit(model, data, own);
  suggest(result, sweep);
  return result;
}

}  // namespace percept
