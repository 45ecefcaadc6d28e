// cifar_files.cpp - the training batches that are there, joined.
#include "percept/data/cifar_files.h"

#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/class_names.h"
#include "percept/formats/cifar.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxNamesBytes = 1 << 20;

fs::path find(const fs::path& folder, const std::string& name) { return plain_or_gz(folder / name); }

fs::path need(const fs::path& folder, const std::string& name) {
  const fs::path file = find(folder, name);
  if (file.empty())
    throw IoError(folder.string() + ": neither " + name + " nor " + name + ".gz is there",
                  "put the files of CIFAR's binary version there");
  return file;
}

// One name a line; where the file is missing the names that are known, or numbers.
std::vector<std::string> names_from(const fs::path& file, std::int64_t classes, const std::vector<std::string>& known) {
  std::vector<std::string> names;
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    const auto bytes = read_file(file, kMaxNamesBytes);
    for (const std::string_view line : split({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, '\n'))
      if (!trim(line).empty()) names.emplace_back(trim(line));
    if (static_cast<std::int64_t>(names.size()) != classes)
      throw IoError(file.string() + ": " + number(names.size()) + " names",
                    "one line for each of the " + number(classes) + " classes");
    return names;
  }
  return static_cast<std::int64_t>(known.size()) == classes ? known : numbered_classes(classes);
}

TensorDataset joined(const std::vector<fs::path>& files, const std::vector<std::string>& names) {
  std::vector<Tensor> images, labels;
  for (const fs::path& file : files) {
    Cifar batch = names.size() == 100 ? read_cifar100(file) : read_cifar10(file);
    images.push_back(std::move(batch.images));
    labels.push_back(std::move(batch.labels));
  }
  const NoGrad off;
  if (files.size() == 1) return TensorDataset(images[0], labels[0], names);
  return TensorDataset(concat(images, 0), concat(labels, 0), names);
}

}  // namespace

TensorSplits load_cifar_folder(const Path& folder, const std::vector<std::string>& class_names) {
  const fs::path at = folder;
  if (!find(at, "train.bin").empty()) {
    const auto names = names_from(at / "fine_label_names.txt", 100, class_names);
    return {joined({need(at, "train.bin")}, names), joined({need(at, "test.bin")}, names)};
  }
  const auto names = names_from(at / "batches.meta.txt", 10, class_names);
  std::vector<fs::path> batches{need(at, "data_batch_1.bin")};
  for (int i = 2; i <= 5; ++i)
    if (const fs::path more = find(at, "data_batch_" + number(i) + ".bin"); !more.empty()) batches.push_back(more);
  return {joined(batches, names), joined({need(at, "test_batch.bin")}, names)};
}

}  // namespace percept
