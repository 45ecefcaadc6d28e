// source.h - the data a recipe or a command names: a data set by name, or a folder of IDX files.
#pragma once
#include <string>

#include "percept/data/datasets.h"

namespace percept {

// `source`: a name of `percept datasets list` ("data:NAME" forces that), or a folder that holds train-images,
// train-labels, and t10k- or test-images and -labels in IDX form, each plain or .gz. UsageError for an unknown name,
// IoError for files that are missing or malformed.
DatasetSplits load_source(const std::string& source);

// Whether `source` is a data set by name, and no path.
bool names_dataset(const std::string& source);

// Shape of one sample and number of classes without reading data, where the source is a data set by name.
struct SourceShape {
  Shape sample_shape;
  std::int64_t classes = 0;
};
SourceShape shape_of_source(const std::string& source);

}  // namespace percept
