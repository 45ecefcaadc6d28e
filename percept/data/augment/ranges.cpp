// ranges.cpp - ranges to and from data, and the words of refusals.
#include "percept/data/augment/ranges.h"

#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

// A number through `Range(d)`, a pair as it is.
template <class Range>
void read_range(const Value& value, Range& range, std::string_view context) {
  if (value.is_array()) {
    const auto& ends = options_detail::read_array(value, context, 2);
    from_value(ends[0], range.low, options_detail::inside(context, std::size_t{0}));
    from_value(ends[1], range.high, options_detail::inside(context, std::size_t{1}));
    return;
  }
  double d = 0;
  from_value(value, d, context);
  if (d < 0) throw ValueError(std::string(context) + " is " + number(d), "give a number of at least 0, or [low, high]");
  range = Range(d);
}

template <class Range>
Value range_value(const Range& range, double d) {
  if (range == Range(d)) return Value(d);
  return Value(Value::Array{Value(range.low), Value(range.high)});
}

}  // namespace

Value to_value(const SymmetricRange& range) { return range_value(range, range.high); }
void from_value(const Value& value, SymmetricRange& range, std::string_view context) {
  read_range(value, range, context);
}
// 1.2 - 1 is not 0.2: the number that was given is found among those of 15 digits.
Value to_value(const FactorRange& range) { return range_value(range, std::round((range.high - 1) * 1e15) / 1e15); }
void from_value(const Value& value, FactorRange& range, std::string_view context) { read_range(value, range, context); }

void check_setting(bool good, std::string_view who, std::string_view name, const Value& value,
                   std::string_view wanted) {
  if (!good)
    throw ValueError(std::string(who) + ": " + std::string(name) + " is " + to_text(value),
                     "give " + std::string(wanted));
}

void check_probability(std::string_view who, double probability) {
  check_setting(probability >= 0 && probability <= 1, who, "probability", probability, "a number from 0 to 1");
}

void check_fill(std::string_view who, double fill_value) {
  check_setting(std::isfinite(fill_value), who, "fill_value", fill_value, "a finite number");
}

void check_range(std::string_view who, std::string_view name, double low, double high, double least, double most) {
  const bool good = std::isfinite(low) && std::isfinite(high) && low <= high && low >= least && high <= most;
  const std::string bounds = std::isfinite(least) || std::isfinite(most)
                                 ? "numbers from " + number(least) + " to " + number(most)
                                 : "finite numbers";
  check_setting(good, who, name, Value(Value::Array{Value(low), Value(high)}), bounds + ", the lower one first");
}

}  // namespace percept
