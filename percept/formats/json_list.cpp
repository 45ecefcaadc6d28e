// json_list.cpp - a parser of lists that returns false, which ends nlohmann's reading, at the first thing amiss.
#include "percept/formats/json_list.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace percept {
namespace {

using Json = nlohmann::json;

template <class T>
class ListReader final : public Json::json_sax_t {
 public:
  explicit ListReader(std::size_t most) : most_(most) {}
  std::vector<T> items;

  bool string(string_t& value) override {
    if constexpr (std::is_same_v<T, std::string>) return add(std::move(value));
    return false;
  }
  bool number_integer(number_integer_t value) override {  // the negative ones
    if constexpr (std::is_same_v<T, std::int64_t>) return add(value);
    return false;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if constexpr (std::is_same_v<T, std::int64_t>)
      return value <= std::uint64_t{std::numeric_limits<std::int64_t>::max()} && add(static_cast<std::int64_t>(value));
    return false;
  }
  bool start_array(std::size_t) override { return !std::exchange(open_, true); }
  bool end_array() override { return true; }

  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool key(string_t&) override { return false; }
  bool end_object() override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool add(T value) {
    if (!open_ || items.size() == most_) return false;
    items.push_back(std::move(value));
    return true;
  }
  std::size_t most_;
  bool open_ = false;
};

template <class T>
std::optional<std::vector<T>> read(std::string_view text, std::size_t most) {
  ListReader<T> reader(most);
  if (!Json::sax_parse(text.data(), text.data() + text.size(), &reader)) return std::nullopt;
  return std::move(reader.items);
}

}  // namespace

std::optional<std::vector<std::string>> json_strings(std::string_view text, std::size_t most) {
  return read<std::string>(text, most);
}

std::optional<std::vector<std::int64_t>> json_integers(std::string_view text, std::size_t most) {
  return read<std::int64_t>(text, most);
}

}  // namespace percept
