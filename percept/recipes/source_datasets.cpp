// source_datasets.cpp - data that lie ready as tensors: data sets by name and folders of IDX files.
#include <algorithm>
#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/text.h"
#include "percept/data/class_names.h"
#include "percept/data/idx_pair.h"
#include "percept/data/split.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

// The file of a folder whose name is one of the usual forms of "train" "images" "3".
fs::path idx_file(const fs::path& folder, const std::vector<std::string>& parts, const std::string& what, int rank) {
  std::vector<std::string> tried;
  for (const std::string& part : parts)
    for (const std::string& joint : {std::string("-"), std::string(".")}) {
      const std::string name = part + "-" + what + joint + "idx" + std::to_string(rank) + "-ubyte";
      if (const fs::path file = plain_or_gz(folder / name); !file.empty()) return file;
      tried.insert(tried.end(), {name, name + ".gz"});
    }
  throw IoError(folder.string() + ": none of these files is there: " + join(tried, ", "),
                "put the data set's IDX files there, or name a data set: percept datasets list");
}

}  // namespace

DatasetSplits load_idx_folder(const std::string& path) {
  const fs::path folder = path;
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
  const std::vector<std::string> names = numbered_classes(classes);
  return {TensorDataset(train.x(), train.y(), names), TensorDataset(test.x(), test.y(), names)};
}

namespace {

// Rows of tensors, in the order they have.
class DatasetSource final : public Source {
 public:
  DatasetSource(std::string kind, ReadyParts parts, const PreprocessSection& preprocess)
      : kind_(std::move(kind)),
        main_(std::move(parts.main)),
        test_(std::move(parts.test)),
        validation_(std::move(parts.validation)),
        preprocess_(preprocess),
        notes_(std::move(parts.notes)) {}

  std::string kind() const override { return kind_; }
  std::int64_t size() const override { return main_.size(); }
  std::vector<std::int64_t> labels() const override {
    return main_.class_names().empty() ? std::vector<std::int64_t>() : labels_of(main_);
  }
  bool sorted() const override { return false; }
  bool has_test() const override { return test_.has_value(); }
  bool has_validation() const override { return validation_.has_value(); }
  DataParts parts(const RowSplit& split) const override {
    DataParts parts{.train = rows_of(main_, split.train),
                    .test = test_ && split.test.empty() ? *test_ : rows_of(main_, split.test),
                    .validation = validation_,
                    .preprocess = preprocess_,
                    .notes = notes_};
    if (!validation_ && !split.validation.empty()) parts.validation = rows_of(main_, split.validation);
    return parts;
  }

 private:
  std::string kind_;
  Dataset main_;
  std::optional<Dataset> test_, validation_;
  PreprocessSection preprocess_;
  std::vector<std::string> notes_;
};

}  // namespace

std::unique_ptr<Source> source_of(std::string kind, ReadyParts parts, const PreprocessSection& preprocess) {
  return std::make_unique<DatasetSource>(std::move(kind), std::move(parts), preprocess);
}

}  // namespace percept
