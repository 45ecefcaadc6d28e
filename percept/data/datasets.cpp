// datasets.cpp - the table of data sets and the lookup of their files.
#include "percept/data/datasets.h"

#include <cstdlib>
#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/text.h"
#include "percept/data/cifar_files.h"
#include "percept/data/class_names.h"
#include "percept/data/idx_pair.h"
#include "percept/data/spirals.h"

namespace percept {
namespace {

// A..Y without J, whose sign is a movement; the files keep the gap at 9.
std::vector<std::string> still_signs() {
  std::vector<std::string> names;
  for (char letter = 'A'; letter <= 'Y'; ++letter)
    if (letter != 'J') names.emplace_back(1, letter);
  return names;
}
std::vector<int> still_sign_map() {
  std::vector<int> map;
  for (int label = 0; label <= 24; ++label) map.push_back(label < 9 ? label : label == 9 ? -1 : label - 1);
  return map;
}

const std::vector<std::string> kMnistFiles{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

TensorSplits read_idx_files(const DatasetInfo& info, const std::vector<Path>& files) {
  const IdxPairOptions options{info.class_names, info.sample_shape, info.label_map};
  return {load_idx_pair(files[0], files[1], options), load_idx_pair(files[2], files[3], options)};
}

TensorSplits read_cifar10_files(const DatasetInfo& info, const std::vector<Path>& files) {
  return load_cifar_folder(std::filesystem::path(files[0]).parent_path(), info.class_names);
}

DatasetInfo table(std::string name, std::string doc, std::string file, std::string target) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .files = {file},
          .folders = {"tabular"},
          .class_names = {},
          .sample_shape = {},
          .label_map = {},
          .how_to_get = "put " + file + " into a folder tabular/ there",
          .target = std::move(target)};
}

std::vector<DatasetInfo> make_table() {
  return {
      {.name = "cifar10",
       .doc = "60,000 colour photographs 32x32, 10 classes (Krizhevsky 2009); 10,000 of the 50,000 train where only "
              "data_batch_1 is there",
       .files = {"data_batch_1.bin", "test_batch.bin"},
       .folders = {"cifar10", "cifar-10", "cifar-10-batches-bin"},
       .class_names = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
       .sample_shape = {3, 32, 32},
       .label_map = {},
       .how_to_get = "put the files of CIFAR-10's binary version (data_batch_1.bin, ..., test_batch.bin) there",
       .read = read_cifar10_files},
      {.name = "fashion_mnist",
       .doc = "70,000 grey images 28x28 of clothing, 10 classes (Xiao, Rasul, Vollgraf 2017)",
       .files = kMnistFiles,
       .folders = {"fashion_mnist", "fashion-mnist"},
       .class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                       "Ankle boot"},
       .sample_shape = {1, 28, 28},
       .label_map = {},
       .how_to_get = "apt install dataset-fashion-mnist",
       .read = read_idx_files},
      {.name = "mnist",
       .doc = "70,000 grey images 28x28 of handwritten digits (LeCun, Cortes, Burges 1998)",
       .files = kMnistFiles,
       .folders = {"mnist"},
       .class_names = numbered_classes(10),
       .sample_shape = {1, 28, 28},
       .label_map = {},
       .how_to_get = "put the four MNIST files (train-images-idx3-ubyte.gz, ...) there",
       .read = read_idx_files},
      {.name = "sign_mnist",
       .doc = "34,627 grey images 28x28 of the hand signs A..Y without J, 24 classes (Sign Language MNIST)",
       .files = {"sign-train-images-idx3-ubyte", "sign-train-labels-idx1-ubyte", "sign-test-images-idx3-ubyte",
                 "sign-test-labels-idx1-ubyte"},
       .folders = {"sign_mnist", "sign-mnist"},
       .class_names = still_signs(),
       .sample_shape = {1, 28, 28},
       .label_map = still_sign_map(),
       .how_to_get = "put the four files (sign-train-images-idx3-ubyte.gz, ...) there",
       .read = read_idx_files},
      table("iris", "150 irises of three species by four measures (Fisher 1936)", "iris.csv", "species"),
      table("auto_mpg", "398 cars: miles per gallon by make and year (UCI)", "auto-mpg.csv", "mpg"),
      table("california_housing", "20,640 districts of California: the value of a house (census of 1990)",
            "california_housing.csv", "median_house_value"),
      {.name = "spirals",
       .doc = "1,000 points of the plane on two spirals, 1,000 others for test: computed, no files",
       .files = {},
       .folders = {},
       .class_names = {"arm 0", "arm 1"},
       .sample_shape = {2},
       .label_map = {},
       .how_to_get = "nothing to get: the points are computed",
       .make = [] { return DatasetSplits{spirals({.seed = 0}), spirals({.seed = 1})}; }},
  };
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Sets the paths; the names of missing ones otherwise.
std::vector<std::string> missing_files(const DatasetInfo& info, const std::filesystem::path& folder,
                                       std::vector<Path>& found) {
  std::vector<std::string> missing;
  found.resize(info.files.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i] = plain_or_gz(folder / info.files[i]);
    if (const auto joint = info.files[i].find("-idx"); found[i].empty() && joint != std::string::npos)
      found[i] = plain_or_gz(folder / std::string(info.files[i]).replace(joint, 1, "."));  // as some unpackers write it
    if (found[i].empty()) missing.push_back(info.files[i] + ".gz");
  }
  return missing;
}

}  // namespace

std::span<const DatasetInfo> datasets() {
  static const std::vector<DatasetInfo> table = make_table();
  return table;
}

const DatasetInfo& find_dataset(std::string_view name) {
  std::vector<std::string> names;
  for (const DatasetInfo& info : datasets()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  const std::string guess = nearest(name, names);
  throw UsageError("no data set is called \"" + std::string(name) + "\"",
                   (guess.empty() ? "" : "did you mean " + guess + "? ") + "known: " + join(names));
}

std::vector<Path> dataset_places(const DatasetInfo& info) {
  std::vector<std::filesystem::path> parents;
  const std::string data = environment("PERCEPT_DATA");
  for (const std::string_view folder : split(data, ':'))
    if (!folder.empty()) parents.emplace_back(folder);
  const std::string cache = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (!cache.empty())
    parents.push_back(std::filesystem::path(cache) / "percept" / "datasets");
  else if (!home.empty())
    parents.push_back(std::filesystem::path(home) / ".cache" / "percept" / "datasets");
  parents.emplace_back("/usr/share/datasets");
  std::vector<Path> places;
  for (const auto& parent : parents)
    for (const std::string& folder : info.folders) places.push_back(parent / folder);
  return places;
}

std::vector<Path> locate_dataset(const DatasetInfo& info) {
  if (info.make) throw UsageError(info.name + " has no files: it is computed", "use load_dataset");
  std::vector<Path> found;
  std::vector<std::string> looked;
  for (const auto& place : dataset_places(info)) {
    const std::vector<std::string> missing = missing_files(info, place, found);
    if (missing.empty()) return found;
    looked.push_back(place.string() + (missing.size() < found.size() ? " (without " + join(missing) + ")" : ""));
  }
  throw IoError(info.name + ": files not found; looked in " + join(looked),
                info.how_to_get + ", or set PERCEPT_DATA to the folder that holds " + info.folders.front() + "/");
}

bool dataset_available(const DatasetInfo& info) {
  if (info.make) return true;
  std::vector<Path> found;
  for (const auto& place : dataset_places(info))
    if (missing_files(info, place, found).empty()) return true;
  return false;
}

DatasetSplits load_dataset(std::string_view name) {
  const DatasetInfo& info = find_dataset(name);
  if (info.make) return info.make();
  if (!info.read)
    throw UsageError(info.name + " is a table",
                     "read_table, fit_schema and table_data (data/table.h) make a data set of it");
  TensorSplits splits = info.read(info, locate_dataset(info));
  return {std::move(splits.train), std::move(splits.test)};
}

}  // namespace percept
