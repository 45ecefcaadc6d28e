// augment_record.cpp - the list of augmentation steps.
#include "percept/data/augment/augment_record.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/nn/record_list.h"

namespace percept {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;

// The least and the largest number; no numbers where one of them is none.
std::pair<double, double> range_in(const Dataset& data) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::int64_t first = 0; first < data.size(); first += kRowsAtOnce) {
    std::vector<std::int64_t> rows;
    for (std::int64_t row = first; row < std::min(first + kRowsAtOnce, data.size()); ++row) rows.push_back(row);
    for (const float value : data.get(rows).x.to_vector<float>()) {
      if (std::isnan(value)) return {value, value};
      low = std::min(low, static_cast<double>(value));
      high = std::max(high, static_cast<double>(value));
    }
  }
  return {low, high};
}

}  // namespace

const std::vector<AugmentRecord>& all_augments() {
  static const std::vector<AugmentRecord> all = joined_records(generated_augment_lists());
  return all;
}

const AugmentRecord* find_augment(std::string_view type) { return record_named(all_augments(), type); }

AugmentStep augment_of(const Value& given, std::string_view context) {
  Value table = given;
  if (given.is_string()) {
    table = Value::object();
    table.set("type", given);
  }
  std::vector<std::string> names;
  for (const AugmentRecord& record : all_augments()) names.emplace_back(record.type);
  const Value* type = table.is_object() ? table.find("type") : nullptr;
  if (type == nullptr || !type->is_string())
    throw UsageError(std::string(context) + " has no type: " + to_text(given),
                     "write { type = \"...\" } with one of: " + join(names, ", "));
  if (const AugmentRecord* record = find_augment(type->as_string())) return record->make(table, context);
  const std::string close = nearest(type->as_string(), names);
  throw UsageError("unknown augmentation '" + type->as_string() + "' in " + std::string(context),
                   (close.empty() ? "" : "did you mean '" + close + "'? ") + "known: " + join(names, ", "));
}

ValueRange value_range_of(const AugmentSection& section) {
  if (!section.value_range) return {};
  const auto [low, high] = *section.value_range;
  if (!(std::isfinite(low) && std::isfinite(high) && low < high))
    throw UsageError("augment.value_range is [" + number(low) + ", " + number(high) + "]",
                     "give black first and white second, as in [0, 1]");
  return {low, high};
}

void settle_value_range(AugmentSection& section, const Dataset& data) {
  const auto all_move = std::all_of(section.steps.begin(), section.steps.end(),
                                    [](const AugmentStep& step) { return step.moves_only(); });
  if (section.value_range || all_move || data.size() == 0 || data.sample_shape().rank() != 3 ||
      data.get({0}).x.dtype() != DType::f32)
    return;
  const auto [low, high] = range_in(data);
  if (low >= 0 && high <= 1)
    section.value_range = {0, 1};
  else if (low >= 0 && high <= 255)
    section.value_range = {0, 255};
  else
    throw UsageError("[augment] changes the light of pictures whose numbers go from " +
                         number(static_cast<float>(low)) + " to " + number(static_cast<float>(high)),
                     "say what black and white are: augment.value_range = [0, 1]");
}

Value to_value(const AugmentStep& step) {
  Value table = Value::object();
  table.set("type", step.type_name());
  const Value options = step.options();
  for (const auto& [key, value] : options.as_object()) table.set(key, value);
  return table;
}

void from_value(const Value& value, std::vector<AugmentStep>& out, std::string_view context) {
  out.clear();
  for (const Value& table : options_detail::read_array(value, context))
    out.push_back(augment_of(table, options_detail::inside(context, out.size())));
}

}  // namespace percept
