// check_data.cpp - opening data as a training would, and saying what was found.
#include "percept/recipes/check_data.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/recipes/data.h"
#include "percept/recipes/overrides.h"

namespace percept {
namespace {

using Level = Finding::Level;

constexpr double kUsualTest = 0.2;      // what `train DATA` holds out
constexpr std::size_t kMostNamed = 30;  // classes whose samples are counted one by one
constexpr std::int64_t kRowsAtOnce = 4096;

class Look {
 public:
  std::vector<Finding> findings;

  void into(const Source& source, const DataSection& data, bool skip_bad) {
    say(Level::ok, source.kind() + ": " + printable(data.source));
    const DataParts parts = source.parts_in_order(source.size(), 0);
    const std::vector<std::string> left_out = source.left_out();
    for (const std::string& note : parts.notes) {
      const bool bad = std::find(left_out.begin(), left_out.end(), note) != left_out.end();
      if (!bad || skip_bad)
        say(bad ? Level::warning : Level::ok, note);
      else
        say(Level::error, note + "\n  mend or remove them, or leave them out with data.skip_bad=true");
    }
    part("train", parts.train);
    if (source.has_test()) part("test", parts.test);
    if (parts.validation) part("validation", *parts.validation);
    if (!source.has_test()) say(Level::ok, "no test part: training holds a fifth out (data.test_split)");
    if (!parts.classifies())
      numbers(parts.train);
    else if (const auto labels = source.labels(); !labels.empty())
      classes(parts.train.class_names(), labels);
    cut_training_data(source, data);  // refuses what training would
  }

 private:
  void say(Level level, std::string text) { findings.push_back({level, std::move(text)}); }

  void part(const std::string& name, const Dataset& data) {
    say(Level::ok, name + ": " + with_thousands(data.size()) + " samples " + str(data.sample_shape()));
  }

  void classes(const std::vector<std::string>& names, const std::vector<std::int64_t>& labels) {
    std::vector<std::int64_t> counts(names.size());
    for (const std::int64_t label : labels) ++counts[static_cast<std::size_t>(label)];
    const std::string many = with_thousands(static_cast<std::int64_t>(names.size())) + " classes";
    if (names.size() <= kMostNamed) {
      std::vector<std::string> each;
      for (std::size_t k = 0; k < names.size(); ++k)
        each.push_back(printable(names[k]) + " (" + with_thousands(counts[k]) + ")");
      say(Level::ok, many + ": " + join(each));
    } else {
      const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
      say(Level::ok, many + " with " + with_thousands(*least) + " to " + with_thousands(*most) + " samples");
    }
    for (std::size_t k = 0; k < names.size(); ++k)
      if (counts[k] == 0) say(Level::warning, "no sample of the class " + quote(names[k]));
  }

  void numbers(const Dataset& data) {
    double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0;
    for (std::int64_t first = 0; first < data.size(); first += kRowsAtOnce) {
      std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(kRowsAtOnce, data.size() - first)));
      std::iota(rows.begin(), rows.end(), first);
      for (const double value : data.get(rows).y.to_vector<double>()) {
        least = std::min(least, value);
        most = std::max(most, value);
        sum += value;
      }
    }
    say(Level::ok, "the target is a number from " + number(static_cast<float>(least)) + " to " +
                       number(static_cast<float>(most)) + ", in the mean " +
                       number(static_cast<float>(sum / static_cast<double>(data.size()))));
  }
};

}  // namespace

std::vector<Finding> check_data(const std::string& name, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings)
    if (const std::string path = setting_path(setting);
        is_recipe_key(path) && !path.starts_with("data.") && !path.starts_with("preprocess."))
      throw UsageError("the setting " + quote(setting) + " says nothing of data",
                       "only [data] and [preprocess] are heeded here: target=COLUMN, data.skip_bad=true, ...");
  Look look;
  if (names_dataset(name)) {
    const std::string known = name.starts_with("data:") ? name.substr(5) : name;
    look.findings = check_dataset(known);
    if (find_dataset(known).target.empty() || look.findings.back().level == Level::error) return look.findings;
  }
  Value tree = Value::object();
  apply_override(tree, "data.source=" + name);
  apply_overrides(tree, settings);
  auto [data, preprocess] = data_settings(tree);
  const bool skip_bad = data.skip_bad;
  if (is_picture_folder(data.source)) data.skip_bad = true;  // so that all files are read, and counted
  const auto found = [&](const Error& error) {
    look.findings.push_back({Level::error, error.problem() + "; " + error.fix()});
  };
  try {
    const auto source = open_source(data, preprocess);
    if (!source->has_test() && data.test_split == 0) data.test_split = kUsualTest;
    try {
      look.into(*source, data, skip_bad);
    } catch (const UsageError& error) {  // too few samples for the parts: the data's fault
      found(error);
    }
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    found(error);
  }
  return look.findings;
}

}  // namespace percept
