// args.h - the command line taken apart: VERB ARG... [key=value]..., where --key value and --key=value mean the same.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace percept::cli {

struct Args {
  std::string verb;
  std::vector<std::string> words;                             // arguments without a key
  std::vector<std::pair<std::string, std::string>> settings;  // in the order given
  bool json = false, quiet = false, verbose = false, help = false, version = false;

  // Takes a setting out; the fallback when it was not given. The last one given wins.
  std::string take(const std::string& key, const std::string& fallback = "");
  bool has(const std::string& key) const;
  // The same as a whole number in low..high; UsageError naming key and value otherwise.
  std::int64_t take_int(const std::string& key, std::int64_t fallback, std::int64_t low, std::int64_t high);
  bool take_bool(const std::string& key, bool fallback);  // "true" or "false"
  double take_number(const std::string& key, double fallback, double low, double high);
  // What is left, as "key=value".
  std::vector<std::string> rest() const;
  // UsageError, with the nearest of `known`, if any setting is left.
  void finish(const std::vector<std::string>& known) const;
  // UsageError unless there are between low and high words.
  void expect_words(std::size_t low, std::size_t high, const std::string& usage) const;
};

Args parse_args(int count, const char* const* values);

}  // namespace percept::cli
