// source.cpp - what kind of data a name or a path stands for.
#include "percept/recipes/source.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/cifar_files.h"
#include "percept/data/joined_dataset.h"
#include "percept/recipes/_sources.h"
#include "percept/recipes/data.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhatIsRead =
    "read are: a folder with one folder of PNG or JPEG files per class, or with train/ and test/ above them; a table "
    "(.csv, .tsv, also .gz); NumPy's arrays (.npz); raw text (.txt, .txt.gz); a folder of IDX or CIFAR files; or a "
    "data set by name: percept "
    "datasets list";

std::string without_prefix(const std::string& source) {
  return source.starts_with("data:") ? source.substr(5) : source;
}

bool is_known(std::string_view name) {
  return std::any_of(datasets().begin(), datasets().end(), [&](const DatasetInfo& info) { return info.name == name; });
}

bool any_file(const fs::path& folder, bool (*is)(const std::string& name)) {
  std::error_code why;
  for (auto it = fs::directory_iterator(folder, why); !why && it != fs::directory_iterator(); it.increment(why))
    if (is(it->path().filename().string())) return true;
  if (why) throw IoError(folder.string() + ": " + why.message(), "check the path and its permissions");
  return false;
}

// Such data are whole as they are: a path beside them would be passed over in silence.
void check_ready(const DataSection& data, const std::optional<TrainedAs>& trained) {
  if (!trained) refuse_unheeded(data, SourceKind::ready);
  if (!data.test.empty() || !data.validation.empty())
    throw UsageError("data." + std::string(data.test.empty() ? "validation" : "test") + " is given, and " +
                         quote(data.source) + " has a test part of its own",
                     "leave it out; data.validation_split=0.1 looks at a part of the training data after each epoch");
}

// `named`: whether the names of classes are that, and not just the labels.
std::unique_ptr<Source> of_splits(const char* kind, DatasetSplits splits, const PreprocessSection& preprocess,
                                  const std::optional<TrainedAs>& trained, const std::string& source, bool named) {
  return source_of(kind, by_classes_of(trained, {std::move(splits.train), std::move(splits.test)}, source, named),
                   preprocess);
}

// Neither a data set nor a file: the nearest known name helps where it was to be one.
[[noreturn]] void refuse_name(const std::string& name) {
  try {
    find_dataset(name);
  } catch (const UsageError& error) {
    throw UsageError("there is no file or folder " + quote(name) + " here, and " + error.problem(), error.fix());
  }
  throw UsageError("there is no file or folder " + quote(name), "check the path");
}

bool has_idx_files(const std::string& folder) {
  return any_file(folder, [](const std::string& name) { return name.find("-ubyte") != std::string::npos; });
}
bool has_cifar_files(const std::string& folder) {
  return any_file(folder, [](const std::string& name) {
    return name.starts_with("data_batch_1.bin") || name.starts_with("train.bin");
  });
}

std::unique_ptr<Source> open_folder(const DataSection& data, const PreprocessSection& preprocess,
                                    const std::optional<TrainedAs>& trained) {
  if (has_idx_files(data.source)) {
    check_ready(data, trained);
    return of_splits("a folder of IDX files", load_idx_folder(data.source), preprocess, trained, data.source, false);
  }
  if (has_cifar_files(data.source)) {
    check_ready(data, trained);
    TensorSplits splits = load_cifar_folder(data.source);
    return of_splits("a folder of CIFAR files", {std::move(splits.train), std::move(splits.test)}, preprocess, trained,
                     data.source, false);
  }
  return open_picture_source(data, preprocess, trained);
}

std::unique_ptr<Source> open_file(const DataSection& data, const PreprocessSection& preprocess,
                                  const std::optional<TrainedAs>& trained) {
  const std::string ending = ending_of(data.source);
  if (ending == ".csv" || ending == ".tsv") return open_table_source(data, preprocess, trained);
  if (ending == ".txt") return open_text_source(data, preprocess, trained);
  if (ending == ".npz") return open_array_source(data, preprocess, trained);
  throw UsageError("data.source " + quote(data.source) + ": files ending in '" + printable(ending) + "' are not read",
                   kWhatIsRead);
}

}  // namespace

DataParts Source::parts_in_order(std::int64_t train, std::int64_t validation) const {
  RowSplit split;
  split.train.resize(static_cast<std::size_t>(train));
  std::iota(split.train.begin(), split.train.end(), 0);
  split.validation.resize(static_cast<std::size_t>(validation));
  std::iota(split.validation.begin(), split.validation.end(), train);
  return parts(split);
}

Dataset Source::whole() const {
  const DataParts found = parts_in_order(size(), 0);
  std::vector<Dataset> all{found.train};
  if (found.validation) all.push_back(*found.validation);
  if (has_test()) all.push_back(found.test);
  return joined(std::move(all));
}

bool names_dataset(const std::string& source) { return is_known(without_prefix(source)); }

bool is_picture_folder(const std::string& source) {
  std::error_code none;
  return !names_dataset(source) && fs::is_directory(source, none) && !has_idx_files(source) && !has_cifar_files(source);
}

std::unique_ptr<Source> open_source(const DataSection& data, const PreprocessSection& preprocess,
                                    const std::optional<TrainedAs>& trained) {
  const std::string name = without_prefix(data.source);
  if (name != data.source || is_known(name)) {
    const DatasetInfo& info = find_dataset(name);
    if (info.target.empty()) {
      check_ready(data, trained);
      return of_splits("a data set", load_dataset(name), preprocess, trained, name, true);
    }
    DataSection table = data;
    table.source = locate_dataset(info)[0].string();
    if (table.target.empty()) table.target = info.target;
    return open_table_source(table, preprocess, trained);
  }
  std::error_code why;
  const bool there = fs::exists(name, why);
  if (!why && !there && name.find('/') == std::string::npos && ending_of(name).empty()) refuse_name(name);
  if (!there)
    throw IoError("data.source " + quote(name) + ": " + (why ? why.message() : "there is no such file or folder"),
                  "check the path");
  return fs::is_directory(name, why) ? open_folder(data, preprocess, trained) : open_file(data, preprocess, trained);
}

SourceShape shape_of_source(const DataSection& data, const PreprocessSection& preprocess) {
  const std::string name = without_prefix(data.source);
  if (is_known(name) && find_dataset(name).target.empty()) {
    const DatasetInfo& info = find_dataset(name);
    return {info.sample_shape, static_cast<std::int64_t>(info.class_names.size())};
  }
  const auto source = open_source(data, preprocess);
  DataSection whole = data;
  whole.validation_split = 0;
  if (whole.test_split == 0) whole.test_split = 0.5;  // only its shape is looked at
  const Dataset train = cut_data(*source, whole).train;
  return {train.sample_shape(), std::max<std::int64_t>(1, static_cast<std::int64_t>(train.class_names().size()))};
}

}  // namespace percept
