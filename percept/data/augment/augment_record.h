// augment_record.h - every augmentation step by name, for recipes and `percept explain`.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/data/augment/augment.h"
#include "percept/nn/layer_record.h"

namespace percept {

struct AugmentRecord {
  std::string_view type;  // "rotate"
  std::string_view doc;
  Value (*default_options)() = nullptr;
  // As LayerRecord::make.
  AugmentStep (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

template <class S>
AugmentRecord augment_record(std::string_view doc) {
  return {
      S::kType, doc, [] { return to_value(typename S::Options{}); },
      [](const Value& options, std::string_view context) { return AugmentStep(S(options_of<S>(options, context))); },
      option_names_of<S>};
}

// One per file of percept/data/augment/steps, `std::vector<AugmentRecord> augments_<stem>()`; generated.
const std::vector<std::vector<AugmentRecord> (*)()>& generated_augment_lists();

const std::vector<AugmentRecord>& all_augments();          // by name
const AugmentRecord* find_augment(std::string_view type);  // null when there is none
// A step from a table with a `type`; a word is a type without options. UsageError with the nearest name for an unknown
// type or option, ValueError for an option out of range.
AugmentStep augment_of(const Value& table, std::string_view context);

// [augment] of a recipe, read with from_value(value, section, "augment").
struct AugmentSection {
  std::vector<AugmentStep> steps = {};
  TargetKind targets = TargetKind::automatic;
  std::optional<std::pair<double, double>> value_range = {};  // black and white of float pictures; u8 is 0..255
};
// What `value_range` says, 0..255 where it is left out. UsageError unless black is below white.
ValueRange value_range_of(const AugmentSection& section);
// Where it is left out and the pictures are floats: 0..1 or 0..255, by their values. UsageError where they lie in
// neither and a step has to know; where none has to, it stays open.
void settle_value_range(AugmentSection& section, const Dataset& data);

// Inside a list: tables with a `type`.
Value to_value(const AugmentStep& step);
void from_value(const Value& value, std::vector<AugmentStep>& out, std::string_view context);

}  // namespace percept
