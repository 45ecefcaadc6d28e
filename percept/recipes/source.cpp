// source.cpp - finding the data behind a name or a folder.
#include "percept/recipes/source.h"

#include <algorithm>
#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/idx_pair.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

// The file of a folder whose name is one of the usual forms of "train" "images" "3".
fs::path idx_file(const fs::path& folder, const std::vector<std::string>& parts, const std::string& what, int rank) {
  std::vector<std::string> tried;
  for (const std::string& part : parts)
    for (const std::string& joint : {std::string("-"), std::string(".")})
      for (const std::string& ending : {std::string(""), std::string(".gz")}) {
        const std::string name = part + "-" + what + joint + "idx" + std::to_string(rank) + "-ubyte" + ending;
        std::error_code unreachable;
        if (fs::is_regular_file(folder / name, unreachable)) return folder / name;
        tried.push_back(name);
      }
  throw IoError(folder.string() + ": none of these files is there: " + join(tried, ", "),
                "put the data set's IDX files there, or name a data set: percept datasets list");
}

DatasetSplits load_folder(const fs::path& folder) {
  std::error_code unreachable;
  if (!fs::is_directory(folder, unreachable))
    throw UsageError("data.source '" + folder.string() + "' is a file",
                     "this version reads data sets by name and folders of IDX files; tables and images come later");
  auto part = [&](const std::vector<std::string>& names) {
    return load_idx_pair(idx_file(folder, names, "images", 3), idx_file(folder, names, "labels", 1));
  };
  const TensorDataset train = part({"train", "sign-train"}), test = part({"t10k", "test", "sign-test"});
  // The classes are those of the training labels; the test labels must be among them.
  std::int64_t classes = 0;
  for (std::int64_t label : train.y().to_vector<std::int64_t>()) classes = std::max(classes, label + 1);
  const auto labels = test.y().to_vector<std::int64_t>();
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= classes)
      throw IoError(folder.string() + ": test label " + std::to_string(labels[i]) + " at position " +
                        std::to_string(i) + " does not occur in training",
                    "labels must be below " + std::to_string(classes) + ", the largest training label plus one");
  if (train.sample_shape() != test.sample_shape())
    throw ShapeError(folder.string() + ": training images are " + str(train.sample_shape()) + ", test images " +
                         str(test.sample_shape()),
                     "both parts must have images of one size");
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < classes; ++i) names.push_back(std::to_string(i));
  return {TensorDataset(train.x(), train.y(), names), TensorDataset(test.x(), test.y(), names)};
}

std::string without_prefix(const std::string& source) {
  return source.starts_with("data:") ? source.substr(5) : source;
}

bool is_known(std::string_view name) {
  return std::any_of(datasets().begin(), datasets().end(), [&](const DatasetInfo& info) { return info.name == name; });
}

}  // namespace

bool names_dataset(const std::string& source) { return is_known(without_prefix(source)); }

DatasetSplits load_source(const std::string& source) {
  const std::string name = without_prefix(source);
  if (name != source || is_known(name)) return load_dataset(name);
  std::error_code why;
  const bool there = fs::exists(name, why);
  if (why || there || name.find('/') != std::string::npos) {
    if (!there)
      throw IoError("data.source " + quote(name) + ": " + (why ? why.message() : "there is no such folder"),
                    "check the path");
    return load_folder(name);
  }
  return load_dataset(name);  // refuses the name, with the nearest known one
}

SourceShape shape_of_source(const std::string& source) {
  const std::string name = without_prefix(source);
  if (is_known(name)) {
    const DatasetInfo& info = find_dataset(name);
    return {info.sample_shape, static_cast<std::int64_t>(info.class_names.size())};
  }
  const Dataset train = load_source(source).train;
  return {train.sample_shape(), static_cast<std::int64_t>(train.class_names().size())};
}

}  // namespace percept
