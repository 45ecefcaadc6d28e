// toml.cpp - reading TOML through toml++, writing the part of it that recipes need.
#include "percept/recipes/toml.h"

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

constexpr int kMaxDepth = 32;  // of nested tables and arrays; recipes need 4
// Entries of one table and of one list: recipes need 20 and 200. Tables are searched entry by entry.
constexpr std::size_t kMaxKeys = 1000, kMaxItems = 10'000;

constexpr std::size_t kLongestKey = 128;

// The end of the string that begins at `at` (one of TOML's four kinds), or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool long_form = text.substr(at, 3) == three;
  for (std::size_t i = at + (long_form ? 3 : 1); i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (long_form ? text.substr(i, 3) == three : text[i] == quote || text[i] == '\n')
      return i + (long_form ? 3 : 1);
  }
  return text.size();
}

// toml++ bounds nested brackets, and not the parts of a key: "a.a.a = 1" makes a table in a table, each a call deep.
void check_dotted_keys(std::string_view text, std::string_view name) {
  int dots = 0, line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (c == '"' || c == '\'') {
      const std::size_t end = end_of_string(text, i);
      line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                                          text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      i = end - 1;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
      dots = 0;
    } else if (c == '.') {
      if (++dots > kMaxDepth)
        throw UsageError(std::string(name) + ":" + std::to_string(line) + ": a key of more than " +
                             std::to_string(kMaxDepth) + " parts",
                         "recipes need 3: flatten it");
    } else if (c != ' ' && c != '\t' && c != '_' && c != '-' && !std::isalnum(static_cast<unsigned char>(c))) {
      dots = 0;
    }
  }
}

struct Reader {
  TomlDocument& document;
  std::string_view name;

  void check_entries(const std::string& path, std::size_t count, std::size_t most) const {
    if (count > most)
      throw UsageError(std::string(name) + ": " + (path.empty() ? "the file" : path) + " has " + std::to_string(count) +
                           " entries, more than " + std::to_string(most),
                       "split it, or leave out what is not needed");
  }

  Value convert(const toml::node& node, const std::string& path, int depth) {
    if (depth > kMaxDepth)
      throw UsageError(std::string(name) + ": tables are nested deeper than " + std::to_string(kMaxDepth),
                       "flatten them");
    if (!path.empty()) document.lines.emplace_back(path, static_cast<int>(node.source().begin.line));
    if (const auto* table = node.as_table()) {
      check_entries(path, table->size(), kMaxKeys);
      Value tree = Value::object();
      std::vector<std::pair<toml::source_position, std::string>>
          order;  // toml++ sorts keys; people wrote them in order
      for (const auto& [key, item] : *table) {
        if (key.str().size() > kLongestKey)
          throw UsageError(std::string(name) + ":" + std::to_string(key.source().begin.line) + ": the key " +
                               quote(key.str()) + " is longer than " + std::to_string(kLongestKey) + " bytes",
                           "no key of a recipe is");
        order.emplace_back(key.source().begin, std::string(key.str()));
      }
      std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
      });
      for (const auto& [position, key] : order)
        tree.set(key, convert(*table->get(key), path.empty() ? key : path + "." + key, depth + 1));
      return tree;
    }
    if (const auto* array = node.as_array()) {
      check_entries(path, array->size(), kMaxItems);
      Value list = Value::array();
      for (std::size_t i = 0; i < array->size(); ++i)
        list.push_back(convert(*array->get(i), path + "[" + std::to_string(i) + "]", depth + 1));
      return list;
    }
    if (const auto* text = node.as_string()) return Value(text->get());
    if (const auto* integer = node.as_integer()) return Value(integer->get());
    if (const auto* floating = node.as_floating_point()) return Value(floating->get());
    if (const auto* boolean = node.as_boolean()) return Value(boolean->get());
    throw UsageError(std::string(name) + ": " + path + " is a date or time",
                     "recipes hold numbers, words, lists and tables");
  }
};

std::string quoted(std::string_view text) { return to_json(Value(text)); }  // TOML's basic strings are JSON's

bool is_bare(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void write_key(std::string& out, std::string_view key) { out += is_bare(key) ? std::string(key) : quoted(key); }

std::string inline_text(const Value& value) {
  std::string out;
  if (value.is_object()) {
    out += "{";
    bool first = true;
    for (const auto& [key, item] : value.as_object()) {
      if (item.is_null()) continue;  // TOML has no null: an absent key
      out += first ? " " : ", ";
      write_key(out, key);
      out += " = " + inline_text(item);
      first = false;
    }
    return out + (first ? "}" : " }");
  }
  if (value.is_array()) {
    out += "[";
    for (std::size_t i = 0; i < value.as_array().size(); ++i) out += (i ? ", " : "") + inline_text(value.as_array()[i]);
    return out + "]";
  }
  if (value.is_double() && value.as_double() != value.as_double()) return "nan";
  if (value.is_double() && value.as_double() - value.as_double() != 0) return value.as_double() > 0 ? "inf" : "-inf";
  return value.is_string() ? quoted(value.as_string()) : to_json(value);
}

void write_entry(std::string& out, std::string_view key, const Value& value) {
  if (value.is_null()) return;
  write_key(out, key);
  const std::string flat = inline_text(value);
  if (value.is_array() && flat.size() > 100) {
    out += " = [\n";
    for (const Value& item : value.as_array()) out += "  " + inline_text(item) + ",\n";
    out += "]\n";
  } else {
    out += " = " + flat + "\n";
  }
}

}  // namespace

int TomlDocument::line_of(std::string_view path) const {
  for (const auto& [known, line] : lines)
    if (known == path) return line;
  return 0;
}

TomlDocument parse_toml(std::string_view text, std::string_view name) {
  TomlDocument document;
  try {
    check_dotted_keys(text, name);
    const toml::table table = toml::parse(text, name);
    document.tree = Reader{document, name}.convert(table, "", 0);
  } catch (const toml::parse_error& error) {
    throw UsageError(std::string(name) + ":" + std::to_string(error.source().begin.line) + ":" +
                         std::to_string(error.source().begin.column) +
                         ": not TOML: " + std::string(error.description()),
                     "mend that line; a recipe of `percept recipes NAME` shows the form");
  }
  return document;
}

std::string toml_comment(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::string line = printable(text, 1000);
  const bool plain = is_utf8(line);
  std::string out = "# ";
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain || byte < 0x80)
      out += c;
    else
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out + "\n";
}

std::string to_toml(const Value& tree) {
  std::string out;
  for (const auto& [key, value] : tree.as_object())
    if (!value.is_object()) write_entry(out, key, value);
  for (const auto& [key, value] : tree.as_object()) {
    if (!value.is_object()) continue;
    out += out.empty() ? "[" : "\n[";
    write_key(out, key);
    out += "]\n";
    for (const auto& [inner, item] : value.as_object()) write_entry(out, inner, item);
  }
  return out;
}

}  // namespace percept
