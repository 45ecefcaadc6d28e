// lbfgs.cpp - L-BFGS.
#include "percept/optim/optimizers/lbfgs.h"

#include <algorithm>
#include <cmath>

#include "percept/core/mode.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/wolfe.h"

namespace percept {
namespace {

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }
double largest(const Tensor& x) { return x.numel() == 0 ? 0 : max(abs(x)).item(); }

// The parameters as one vector, and the loss at any place of it.
class Landscape {
 public:
  Landscape(const std::vector<State*>& parameters, const std::function<Tensor()>& closure)
      : parameters_(parameters), closure_(closure) {}

  Tensor place() const {
    return joined([](const State& one) { return one.impl().value.detach(); });
  }
  void move_to(const Tensor& place) const {
    std::int64_t at = 0;
    for (State* one : parameters_) {
      const std::int64_t count = one->numel();
      assign(*one, contiguous(copy(reshape(slice(place, 0, at, at + count), one->shape()))));
      at += count;
    }
  }
  // Runs the closure; its gradients are then in gradient().
  Tensor look() const {
    clear();
    const WithGrad recording;
    return closure_();
  }
  Tensor gradient() const {
    return joined([](const State& one) { return one.grad().defined() ? one.grad() : zeros(one.shape(), one.dtype()); });
  }
  void clear() const {
    for (State* one : parameters_) set_grad(*one, {});
  }

 private:
  template <class F>
  Tensor joined(F part) const {
    std::vector<Tensor> parts;
    for (const State* one : parameters_) parts.push_back(reshape(contiguous(part(*one)), {one->numel()}));
    return concat(parts, 0);
  }
  const std::vector<State*>& parameters_;
  const std::function<Tensor()>& closure_;
};

}  // namespace

LBFGS::LBFGS(Options options) : options_(std::move(options)) {
  check_learning_rate("LBFGS", options_.learning_rate);
  const auto whole = [](const char* name, std::int64_t value, std::int64_t least) {
    check_number("LBFGS", name, static_cast<double>(value), value >= least,
                 "give a whole number of at least " + number(least));
  };
  whole("max_iter", options_.max_iter, 1);
  whole("max_eval", options_.max_eval, 0);
  whole("history_size", options_.history_size, 1);
  check_not_negative("LBFGS", "tolerance_grad", options_.tolerance_grad);
  check_not_negative("LBFGS", "tolerance_change", options_.tolerance_change);
  if (!options_.line_search_fn.empty() && options_.line_search_fn != "strong_wolfe")
    throw ValueError("LBFGS: line_search_fn is \"" + options_.line_search_fn + "\"",
                     "use \"strong_wolfe\", or \"\" for steps of learning_rate");
}

void LBFGS::set_learning_rate(double value) {
  check_learning_rate("LBFGS", value);
  options_.learning_rate = value;
}

void LBFGS::step(const std::vector<State*>&) {
  throw UsageError("LBFGS: step() without a closure",
                   "give it one that runs forward and backward: step(parameters, [&] { ...; return loss; })");
}

// What was learned of the slope holds for these parameters only.
void LBFGS::forget_unless_same(const std::vector<State*>& parameters) {
  std::vector<std::uint64_t> ids;
  for (const State* one : parameters) ids.push_back(one->id());
  if (ids == ids_) return;
  ids_ = std::move(ids);
  iterations_ = 0;
  history_.clear();
  scale_ = 1;
}

// -(the approximate inverse Hessian) * gradient, after the memory took in the last step.
Tensor LBFGS::direction(const Tensor& gradient) {
  if (iterations_ == 1) return -gradient;
  const Tensor y = gradient - last_gradient_, s = direction_ * length_;
  const double ys = dot(y, s);
  if (ys > 1e-10) {
    if (static_cast<std::int64_t>(history_.size()) == options_.history_size) history_.pop_front();
    history_.push_back({y, s, 1 / ys});
    scale_ = ys / dot(y, y);
  }
  std::vector<double> shares(history_.size());
  Tensor q = -gradient;
  for (std::size_t i = history_.size(); i-- > 0;) {
    shares[i] = dot(history_[i].step, q) * history_[i].ro;
    q = q - shares[i] * history_[i].gradient;
  }
  q = q * scale_;
  for (std::size_t i = 0; i < history_.size(); ++i)
    q = q + (shares[i] - dot(history_[i].gradient, q) * history_[i].ro) * history_[i].step;
  return q;
}

Tensor LBFGS::step(const std::vector<State*>& parameters, const std::function<Tensor()>& closure) {
  TrainingScope* scope = training_scope();
  if (scope == nullptr)
    throw ValueError("LBFGS: step() outside a TrainingScope",
                     "open one around the training loop: `TrainingScope training;`");
  if (parameters.empty()) return closure();
  const NoGrad no_grad;
  forget_unless_same(parameters);
  const Landscape land(parameters, closure);
  const std::int64_t max_eval = options_.max_eval > 0 ? options_.max_eval : options_.max_iter * 5 / 4;
  const Tensor first_loss = land.look();
  double loss = first_loss.item();
  Tensor gradient = land.gradient();
  std::int64_t evaluations = 1;
  bool done = largest(gradient) <= options_.tolerance_grad;
  for (std::int64_t iteration = 1; !done && iteration <= options_.max_iter; ++iteration) {
    ++iterations_;
    direction_ = direction(gradient);
    last_gradient_ = gradient;
    const double loss_before = loss, rate = options_.learning_rate;
    length_ = iterations_ == 1 ? std::min(1.0, 1 / sum(abs(gradient)).item()) * rate : rate;
    const double slope = dot(gradient, direction_);
    if (slope > -options_.tolerance_change) break;
    const Tensor from = land.place();
    if (options_.line_search_fn.empty()) {
      land.move_to(from + length_ * direction_);
      if (iteration == options_.max_iter) break;  // the next step looks there
      loss = land.look().item();
      gradient = land.gradient();
      ++evaluations;
    } else {
      const auto evaluate = [&](double length) {
        land.move_to(from + length * direction_);
        LinePoint point{.length = length, .loss = land.look().item(), .gradient = land.gradient(), .slope = 0};
        point.slope = dot(point.gradient, direction_);
        return point;
      };
      const WolfeResult found = strong_wolfe(evaluate, {0, loss, gradient, slope}, length_, largest(direction_), 1e-9,
                                             max_eval - evaluations);
      loss = found.point.loss;
      gradient = found.point.gradient;
      length_ = found.point.length;
      evaluations += found.evaluations;
      land.move_to(from + length_ * direction_);
    }
    done = evaluations >= max_eval || largest(gradient) <= options_.tolerance_grad ||
           largest(direction_) * std::abs(length_) <= options_.tolerance_change ||
           std::abs(loss - loss_before) < options_.tolerance_change;
  }
  land.clear();
  scope->next_step();
  return first_loss;
}

std::vector<OptimizerRecord> optimizers_lbfgs();
std::vector<OptimizerRecord> optimizers_lbfgs() {
  return {optimizer_record<LBFGS>(
      "LBFGS",
      "Up to max_iter quasi-Newton iterations per step from the last history_size changes of gradients; lengths from\n"
      "learning_rate or, with line_search_fn = \"strong_wolfe\", by a line search. For whole data sets or large\n"
      "batches; the step looks at its batch several times. Source: Nocedal and Wright 2006, algorithms 7.4 and 7.5.")};
}

}  // namespace percept
