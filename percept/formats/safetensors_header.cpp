// safetensors_header.cpp - a parser of the header that keeps no JSON tree: anything unexpected ends it at once.
#include "percept/formats/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "percept/base/checked.h"
#include "percept/base/printable.h"

namespace percept {
namespace {

using Json = nlohmann::json;

class HeaderReader final : public Json::json_sax_t {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(number_integer_t value) override { return unexpected(std::to_string(value)); }  // negative
  bool number_float(number_float_t, const string_t& text) override { return unexpected(text); }
  bool binary(binary_t&) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (at_ != At::shape && at_ != At::offsets) return unexpected(std::to_string(value));
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
      refuse("the number " + std::to_string(value) + " is too large");
    if (at_ == At::shape) {
      if (entry().shape.rank() == kMaxRank) refuse("the shape has more than 32 sizes");
      entry().shape.push_back(static_cast<std::int64_t>(value));
    } else {
      if (offsets_ == 2) refuse("data_offsets has more than 2 numbers");
      (offsets_ == 0 ? entry().begin : entry().end) = static_cast<std::int64_t>(value);
      ++offsets_;
    }
    return true;
  }

  bool string(string_t& value) override {
    if (at_ == At::metadata)
      header_.metadata.emplace_back(std::move(key_), std::move(value));
    else if (at_ == At::entry && field_ == kDType)
      entry().dtype = std::move(value);
    else
      return unexpected("a string");
    return true;
  }

  bool start_object(std::size_t) override {
    if (at_ == At::start) {
      at_ = At::top;
    } else if (at_ == At::top && key_ == "__metadata__") {
      if (metadata_seen_) refuse("__metadata__ is there twice");
      metadata_seen_ = true;
      at_ = At::metadata;
    } else if (at_ == At::top) {
      header_.entries.emplace_back().name = std::move(key_);
      fields_seen_ = offsets_ = 0;
      at_ = At::entry;
    } else {
      return unexpected("an object");
    }
    return true;
  }

  bool key(string_t& name) override {
    if (at_ != At::entry) {
      key_ = std::move(name);
      return true;
    }
    field_ = name == "dtype" ? kDType : name == "shape" ? kShape : name == "data_offsets" ? kOffsets : 0;
    if (field_ == 0) refuse("the field " + quote(name) + " is unknown");
    if (fields_seen_ & field_) refuse("the field " + quote(name) + " is there twice");
    fields_seen_ |= field_;
    return true;
  }

  bool end_object() override {
    if (at_ == At::entry && fields_seen_ != (kDType | kShape | kOffsets))
      refuse("it needs dtype, shape and data_offsets");
    at_ = at_ == At::top ? At::start : At::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (at_ == At::entry && field_ == kShape)
      at_ = At::shape;
    else if (at_ == At::entry && field_ == kOffsets)
      at_ = At::offsets;
    else
      return unexpected("a list");
    return true;
  }

  bool end_array() override {
    if (at_ == At::offsets && offsets_ != 2) refuse("data_offsets needs 2 numbers");
    at_ = At::entry;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    at_ = At::start;
    refuse("it is no valid JSON at byte " + std::to_string(position) + ", near " + quote(token));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    std::string where;
    if (at_ == At::metadata)
      where = "metadata " + quote(key_) + ": ";
    else if (at_ == At::entry || at_ == At::shape || at_ == At::offsets)
      where = "tensor " + quote(header_.entries.back().name) + ": ";
    throw IoError(file_ + ": safetensors header: " + where + what,
                  "the file is damaged or not written by a safetensors library");
  }

 private:
  enum class At { start, top, metadata, entry, shape, offsets };
  static constexpr int kDType = 1, kShape = 2, kOffsets = 4;

  TensorEntry& entry() { return header_.entries.back(); }

  bool unexpected(const std::string& what) const {
    if (at_ == At::top) refuse("tensor " + quote(key_) + " is " + what + ", it must be an object");
    if (at_ == At::metadata) refuse("the value is " + what + ", it must be a string");
    if (at_ == At::start) refuse("it is " + what + ", it must be an object");
    if (at_ == At::entry && field_ == kDType) refuse("dtype is " + what + ", it must be a string");
    refuse(std::string(at_ == At::shape || field_ == kShape ? "shape" : "data_offsets") + " holds " + what +
           ", it must be a list of numbers from 0 to 2^63 - 1");
  }

  std::string file_;
  SafetensorsHeader header_;
  At at_ = At::start;
  std::string key_;      // at the top or in the metadata
  int field_ = 0;        // of the entry
  int fields_seen_ = 0;  // bits
  int offsets_ = 0;
  bool metadata_seen_ = false;
};

// Sorting, not hashing: names chosen to collide cost nothing.
template <class Item, class Name>
void refuse_duplicates(const std::vector<Item>& items, Name name_of_item, std::string_view file, const char* what) {
  std::vector<std::string_view> names;
  names.reserve(items.size());
  for (const Item& item : items) names.push_back(name_of_item(item));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    throw IoError(std::string(file) + ": safetensors header: " + what + quote(*twice) + " is there twice",
                  "the file is damaged or made to deceive; write it again");
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, std::string_view file) {
  HeaderReader reader(file);
  Json::sax_parse(json.data(), json.data() + json.size(), &reader);
  SafetensorsHeader header = reader.take();
  refuse_duplicates(header.entries, [](const TensorEntry& e) -> std::string_view { return e.name; }, file, "tensor ");
  refuse_duplicates(header.metadata, [](const auto& m) -> std::string_view { return m.first; }, file, "metadata ");
  return header;
}

}  // namespace percept
