// export.h - a data set as files that people and other programs read.
#pragma once
#include <cstdint>
#include <string>

#include "percept/base/path.h"

namespace percept {

struct ExportOptions {
  std::string format = "png";  // DIR/train/CLASS/00001.png, DIR/test/...; or "csv": DIR/train.csv, DIR/test.csv
  std::string part = "all";    // or "train", "test"
  std::int64_t limit = 0;      // above 0: so many samples of each part at most, the first ones
};
struct ExportResult {
  Path path;
  std::int64_t samples = 0;
};
// `source` as data.source. Pictures become PNG files in folders of their classes' names, or rows
// "label,pixel1,pixel2,..." as on Kaggle; other samples rows "label,x1,x2,...". Labels are the classes' names.
// UsageError where `folder` exists and holds something, for a format that does not fit; IoError.
ExportResult export_dataset(const std::string& source, const Path& folder, const ExportOptions& options = {});

}  // namespace percept
