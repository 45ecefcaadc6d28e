// args.cpp - the command line taken apart.
#include "args.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept::cli {
namespace {

constexpr std::string_view kFlags[] = {"json", "quiet", "verbose", "help", "version"};

bool is_flag(std::string_view name) {
  return std::find(std::begin(kFlags), std::end(kFlags), name) != std::end(kFlags);
}

bool is_key(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '[' || c == ']';
  });
}

}  // namespace

Args parse_args(int count, const char* const* values) {
  Args args;
  auto set_flag = [&](std::string_view name) {
    if (name == "json") args.json = true;
    if (name == "quiet") args.quiet = true;
    if (name == "verbose") args.verbose = true;
    if (name == "help") args.help = true;
    if (name == "version") args.version = true;
  };
  for (int i = 1; i < count; ++i) {
    std::string_view word = values[i];
    if (word == "-h") word = "--help";
    const bool dashed = word.starts_with("--");
    const std::string_view bare = dashed ? word.substr(2) : word;
    const auto equals = bare.find('=');
    if (dashed && is_flag(bare)) {
      set_flag(bare);
    } else if (equals != std::string_view::npos && is_key(bare.substr(0, equals))) {
      args.settings.emplace_back(bare.substr(0, equals), bare.substr(equals + 1));
    } else if (dashed) {
      if (i + 1 >= count || std::string_view(values[i + 1]).starts_with("--"))
        throw UsageError("option '" + std::string(word) + "' has no value", "write " + std::string(word) + "=VALUE");
      args.settings.emplace_back(bare, values[++i]);
    } else if (args.verb.empty()) {
      args.verb = word;
    } else {
      args.words.emplace_back(word);
    }
  }
  for (auto& [key, value] : args.settings) std::replace(key.begin(), key.end(), '-', '_');
  return args;
}

bool Args::has(const std::string& key) const {
  return std::any_of(settings.begin(), settings.end(), [&](const auto& s) { return s.first == key; });
}

std::string Args::take(const std::string& key, const std::string& fallback) {
  std::string value = fallback;
  std::erase_if(settings, [&](const auto& setting) {
    if (setting.first != key) return false;
    value = setting.second;
    return true;
  });
  return value;
}

std::int64_t Args::take_int(const std::string& key, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  if (!has(key)) return fallback;
  const std::string text = take(key);
  const auto value = parse_int64(text);
  if (!value || *value < low || *value > high)
    throw UsageError(key + " is '" + text + "'",
                     "use a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return *value;
}

bool Args::take_bool(const std::string& key, bool fallback) {
  const std::string text = take(key, fallback ? "true" : "false");
  if (text != "true" && text != "false") throw UsageError(key + " is '" + text + "'", "use true or false");
  return text == "true";
}

double Args::take_number(const std::string& key, double fallback, double low, double high) {
  if (!has(key)) return fallback;
  const std::string text = take(key);
  const auto value = parse_double(text);
  if (!value || !(*value >= low && *value <= high))
    throw UsageError(key + " is '" + text + "'", "use a number from " + number(low) + " to " + number(high));
  return *value;
}

std::vector<std::string> Args::rest() const {
  std::vector<std::string> left;
  for (const auto& [key, value] : settings) left.push_back(key + "=" + value);
  return left;
}

void Args::finish(const std::vector<std::string>& known) const {
  if (settings.empty()) return;
  const std::string& key = settings[0].first;
  const std::string close = nearest(key, known);
  throw UsageError("unknown setting '" + key + "' for `percept " + verb + "`",
                   (close.empty() ? "" : "did you mean '" + close + "'? ") +
                       (known.empty() ? "it takes none" : "known: " + join(known, ", ")));
}

void Args::expect_words(std::size_t low, std::size_t high, const std::string& usage) const {
  if (words.size() >= low && words.size() <= high) return;
  throw UsageError("`percept " + verb + "` was given " + std::to_string(words.size()) + " arguments",
                   "usage: " + usage);
}

}  // namespace percept::cli
