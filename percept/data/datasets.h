// datasets.h - data sets by name: what they are, where their files are looked up, loading and checking them.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/data/dataset.h"

namespace percept {

struct DatasetSplits {
  Dataset train, test;
};
// The same as rows in memory.
struct TensorSplits {
  TensorDataset train, test;
};

// One data set: files with a reader of their kind, or made on the spot.
struct DatasetInfo {
  std::string name;
  std::string doc;                 // one line
  std::vector<std::string> files;  // that must be there, in the order `read` takes them; ".gz" may follow; empty: made
  std::vector<std::string> folders;  // names its folder may have
  std::vector<std::string> class_names;  // by label
  Shape sample_shape;                    // [C, H, W]
  std::vector<int> label_map;            // label in the files -> class, -1: none; empty: as it is
  std::string how_to_get;
  TensorSplits (*read)(const DatasetInfo& info, const std::vector<Path>& files) = nullptr;
  std::string target = {};            // of a table, files[0]: recipes cut and encode it (recipes/source.h)
  DatasetSplits (*make)() = nullptr;  // for data that are computed: no files are looked for
};

// All that are known, by name.
std::span<const DatasetInfo> datasets();
// UsageError with the nearest name for an unknown one.
const DatasetInfo& find_dataset(std::string_view name);

// The folders looked at, in order: PERCEPT_DATA (folders separated by ':'), the user's cache
// ($XDG_CACHE_HOME or ~/.cache)/percept/datasets, /usr/share/datasets.
std::vector<Path> dataset_places(const DatasetInfo& info);
// The first of them that holds all files, as their paths; IoError with the list of places and how to get the data;
// UsageError for data that are made.
std::vector<Path> locate_dataset(const DatasetInfo& info);
bool dataset_available(const DatasetInfo& info);

// Not for tables, whose features depend on which rows are trained on: UsageError.
// x: u8 [N, C, H, W] (spirals: f32 [N, 2]), y: i64 [N]. Errors as find_dataset, locate_dataset, and those of the files'
// reader.
DatasetSplits load_dataset(std::string_view name);

// What a look at the data found, from harmless to wrong.
struct Finding {
  enum class Level { ok, warning, error } level = Level::ok;
  std::string text;
};
// Where it lies, sizes, samples per class, blank images, images of the test part that are in the training part too.
// Data that cannot be loaded is a finding; only an unknown name throws.
std::vector<Finding> check_dataset(std::string_view name);

}  // namespace percept
