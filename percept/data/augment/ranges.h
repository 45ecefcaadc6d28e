// ranges.h - options that give a range to draw from, and the checks that steps make of their options.
#pragma once
#include <string>
#include <string_view>

#include "percept/base/options.h"
#include "percept/data/augment/draws.h"

namespace percept {

// One number d is the range -d..d (degrees = 10); two are its ends (degrees = [0, 45]).
struct SymmetricRange {
  double low = 0, high = 0;
  SymmetricRange() = default;
  SymmetricRange(double d) : low(-d), high(d) {}
  SymmetricRange(double from, double to) : low(from), high(to) {}
  double draw(Draws& draws) const { return draws.uniform(low, high); }
  friend bool operator==(const SymmetricRange&, const SymmetricRange&) = default;
};

// One number d is the range max(0, 1 - d)..1 + d (brightness = 0.2); two are its ends (brightness = [0.5, 1]).
struct FactorRange {
  double low = 1, high = 1;
  FactorRange() = default;
  FactorRange(double d) : low(d < 1 ? 1 - d : 0), high(1 + d) {}
  FactorRange(double from, double to) : low(from), high(to) {}
  double draw(Draws& draws) const { return draws.uniform(low, high); }
  bool idle() const { return low == 1 && high == 1; }
  friend bool operator==(const FactorRange&, const FactorRange&) = default;
};

// Both ends as they are: scale = [0.08, 1].
using PlainRange = std::pair<double, double>;

Value to_value(const SymmetricRange& range);
void from_value(const Value& value, SymmetricRange& range, std::string_view context);
Value to_value(const FactorRange& range);
void from_value(const Value& value, FactorRange& range, std::string_view context);

// ValueError "who: name is VALUE", "give `wanted`" unless `good`.
void check_setting(bool good, std::string_view who, std::string_view name, const Value& value, std::string_view wanted);
void check_probability(std::string_view who, double probability);
void check_fill(std::string_view who, double fill_value);
// Both ends finite and in order, and within least..most.
void check_range(std::string_view who, std::string_view name, double low, double high, double least, double most);

}  // namespace percept
