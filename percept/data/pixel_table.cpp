// pixel_table.cpp - one byte per field.
#include "percept/data/pixel_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/formats/csv.h"

namespace percept {
namespace {

constexpr std::int64_t kFewestPixels = 16;
constexpr std::size_t kMostLabels = 100'000;  // as tables of words have

struct Layout {
  std::int64_t label = -1;  // its column; -1: none
  std::int64_t first = 0;   // column of the first pixel
  Shape sample;             // [C, H, W]
};

// Sides of a square picture of so many values, grey or with three per pixel.
std::optional<Shape> sides_of(std::int64_t values) {
  for (const std::int64_t channels : {1, 3}) {
    if (values % channels != 0) continue;
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(values / channels))));
    if (side * side * channels == values) return Shape{channels, side, side};
  }
  return std::nullopt;
}

std::optional<Layout> layout_of(const std::vector<std::string_view>& header) {
  Layout layout;
  std::int64_t pixels = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string_view name = trim(header[i]);
    if (name == "label" || name == "class") {
      if (layout.label >= 0) return std::nullopt;
      layout.label = static_cast<std::int64_t>(i);
    } else if (name.starts_with("pixel")) {
      if (pixels++ == 0) layout.first = static_cast<std::int64_t>(i);
    } else {
      return std::nullopt;
    }
  }
  const bool together = layout.label <= 0 || layout.label == static_cast<std::int64_t>(header.size()) - 1;
  const auto sample = sides_of(pixels);
  if (pixels < kFewestPixels || !together || !sample) return std::nullopt;
  layout.sample = *sample;
  return layout;
}

std::uint8_t pixel_of(const CsvReader& table, std::string_view field, std::int64_t column) {
  unsigned value = 256;
  const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (problem == std::errc() && end == field.data() + field.size() && value <= 255)
    return static_cast<std::uint8_t>(value);
  if (const auto number = parse_number(field);
      number && *number >= 0 && *number <= 255 && *number == std::floor(*number))
    return static_cast<std::uint8_t>(*number);  // "0.0", " 7"
  table.refuse("pixel " + percept::number(column + 1) + " is " + quote(field),
               "pixels are whole numbers from 0 to 255");
}

// Numbers by size and before words, words by the alphabet.
bool before(const std::string& a, const std::string& b) {
  const auto x = parse_number(a), y = parse_number(b);  // "Nan" is a word, whose place is by the alphabet
  if (x && y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

// Labels as words to places among the classes.
class Classes {
 public:
  explicit Classes(const std::vector<std::string>& given) : fixed_(!given.empty()), names_(given) {
    for (std::size_t i = 0; i < given.size(); ++i) places_.emplace(given[i], static_cast<std::int64_t>(i));
  }
  std::int64_t place(const CsvReader& table, std::string_view label) {
    const auto found = places_.find(label);
    if (found != places_.end()) return found->second;
    if (is_missing(label)) table.refuse("the label is missing", "every row needs one");
    if (const auto value = parse_number(label)) {  // 1.0 is the class 1, -0 is 0
      if (const std::string name = number(*value + 0.0); name != label) return place(table, name);
    }
    if (fixed_)
      table.refuse("label " + quote(label) + " is no class", "the classes are " + printable(join(names_), 1000));
    if (names_.size() == kMostLabels)
      table.refuse("more than " + number(kMostLabels) + " different labels", "is this column the label?");
    const auto place = static_cast<std::int64_t>(names_.size());
    names_.emplace_back(label);
    places_.emplace(label, place);
    return place;
  }
  // Sorts the classes that were met, and the labels with them.
  std::vector<std::string> finish(std::vector<std::int64_t>& labels) {
    if (fixed_) return names_;
    std::vector<std::string> sorted = names_;
    std::sort(sorted.begin(), sorted.end(), before);
    std::vector<std::int64_t> now(names_.size());
    for (std::size_t i = 0; i < sorted.size(); ++i)
      now[static_cast<std::size_t>(places_.find(sorted[i])->second)] = static_cast<std::int64_t>(i);
    for (std::int64_t& label : labels) label = now[static_cast<std::size_t>(label)];
    return sorted;
  }

 private:
  bool fixed_;
  std::vector<std::string> names_;
  std::map<std::string, std::int64_t, std::less<>> places_;
};

Layout header_layout(CsvReader& table) {
  if (!table.next()) throw IoError(table.name() + ": the table is empty", "its first line names the columns");
  const auto layout = layout_of(table.fields());
  if (!layout)
    table.refuse("the columns are no label and the pixels of a square picture", "name them label,pixel1,pixel2,...");
  table.expect_columns(table.fields().size());
  return *layout;
}

}  // namespace

bool is_pixel_table(const Path& path) {
  CsvReader table(path);
  return table.next() && layout_of(table.fields()).has_value();
}

TensorDataset read_pixel_table(const Path& path, const std::vector<std::string>& class_names,
                               std::vector<std::int64_t>* lines) {
  CsvReader table(path);
  const Layout layout = header_layout(table);
  const std::int64_t pixels = checked_numel(layout.sample);
  std::vector<std::uint8_t> values;
  std::vector<std::int64_t> labels;
  Classes classes(class_names);
  while (table.next()) {
    const auto& fields = table.fields();
    if (lines != nullptr) lines->push_back(table.line());
    for (std::int64_t i = 0; i < pixels; ++i)
      values.push_back(pixel_of(table, fields[static_cast<std::size_t>(layout.first + i)], i));
    if (layout.label >= 0) labels.push_back(classes.place(table, trim(fields[static_cast<std::size_t>(layout.label)])));
  }
  const std::int64_t rows = static_cast<std::int64_t>(values.size()) / pixels;
  if (rows == 0) throw IoError(table.name() + ": no row below the header", "a table needs samples");
  const std::vector<std::string> names = classes.finish(labels);
  Shape shape = layout.sample;
  shape.insert(0, rows);
  Tensor x(contiguous_spec(DType::u8, shape));
  auto* out = x.mutable_data<std::uint8_t>();
  const std::int64_t channels = layout.sample[0], area = pixels / channels;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t i = 0; i < area; ++i)
        *out++ = values[static_cast<std::size_t>(row * pixels + i * channels + c)];
  const Tensor y = labels.empty() ? Tensor() : from_vector(labels, {rows});
  return TensorDataset(x, y, names);
}

}  // namespace percept
