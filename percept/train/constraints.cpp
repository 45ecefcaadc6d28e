// constraints.cpp - the formulas, and the list by name.
#include "percept/train/constraints.h"

#include <cmath>
#include <span>

#include "percept/core/mode.h"
#include "percept/nn/layer_record.h"
#include "percept/ops/ops.h"
#include "percept/train/typed_table.h"

namespace percept {
namespace {

constexpr double kEpsilon = 1e-7;  // keras.backend.epsilon()

Tensor norm_along(const Tensor& w, const std::vector<std::int64_t>& axes) {
  Dims along{std::span(axes)};
  if (axes.empty())
    for (std::int64_t axis = w.rank() > 1 ? 1 : 0; axis < w.rank(); ++axis) along.push_back(axis);
  return sqrt(sum(square(w), {.axes = along, .keepdims = true}));
}

Tensor with_norm(const Tensor& w, const Tensor& norm, const Tensor& wanted) { return w * (wanted / (norm + kEpsilon)); }

void check_range(std::string_view who, double low, double high) {
  if (!(low >= 0 && high >= low && std::isfinite(high)))
    throw ValueError(std::string(who) + ": norms from " + number(low) + " to " + number(high),
                     "give finite numbers with 0 <= min_value <= max_value");
}

template <class C>
ConstraintRecord record(std::string_view doc) {
  return {C::kType, doc, [] { return to_value(typename C::Options{}); },
          [](const Value& options, std::string_view where) { return Constraint(C(options_of<C>(options, where))); },
          option_names_of<C>};
}

}  // namespace

Constraint::Constraint(std::string name, std::function<Tensor(const Tensor&)> function, PathPatterns parameters)
    : name_(std::move(name)), function_(std::move(function)), parameters_(std::move(parameters)) {
  if (parameters_.empty())
    throw UsageError(name_ + ": no parameters are named", "say of which: parameters = \"*.weight\"");
}

void Constraint::apply(ModuleRef model) const {
  const NoGrad no_grad;
  for (State* parameter : parameters_at(model, parameters_, name_))
    assign(*parameter, cast(function_(parameter->tensor()), parameter->dtype()));
}

MaxNorm::MaxNorm(Options options) : options_(std::move(options)) { check_range(kType, 0, options_.max_value); }
Tensor MaxNorm::operator()(const Tensor& w) const {
  const Tensor norm = norm_along(w, options_.axes);
  return with_norm(w, norm, clip(norm, 0, options_.max_value));
}

Tensor NonNeg::operator()(const Tensor& w) const { return maximum(w, 0); }

Tensor UnitNorm::operator()(const Tensor& w) const { return w / (norm_along(w, options_.axes) + kEpsilon); }

MinMaxNorm::MinMaxNorm(Options options) : options_(std::move(options)) {
  check_range(kType, options_.min_value, options_.max_value);
  if (!(options_.rate >= 0 && options_.rate <= 1))
    throw ValueError("MinMaxNorm: rate = " + number(options_.rate), "give 0 (never) to 1 (at once)");
}
Tensor MinMaxNorm::operator()(const Tensor& w) const {
  const Tensor norm = norm_along(w, options_.axes);
  return with_norm(w, norm,
                   options_.rate * clip(norm, options_.min_value, options_.max_value) + (1 - options_.rate) * norm);
}

const std::vector<ConstraintRecord>& all_constraints() {
  static const std::vector<ConstraintRecord> all{
      record<MaxNorm>("w * clip(norm, 0, max_value) / (norm + 1e-7) after each update; norms along `axes`, by default "
                      "all but the first."),
      record<MinMaxNorm>("w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + 1e-7) after each "
                         "update."),
      record<NonNeg>("max(w, 0) after each update."),
      record<UnitNorm>("w / (norm + 1e-7) after each update."),
  };
  return all;
}

const ConstraintRecord* find_constraint(std::string_view type) { return record_named(all_constraints(), type); }

Constraint constraint_of(const Value& table, std::string_view where) {
  return record_of(all_constraints(), table, "constraint", where).make(table, where);
}

}  // namespace percept
