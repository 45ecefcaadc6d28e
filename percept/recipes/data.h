// data.h - the data of a recipe in parts: what is trained on, looked at between epochs, and tested on.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/recipes/model.h"
#include "percept/recipes/source.h"

namespace percept {

// Opens data.source and cuts it: the test part it has, or data.test, or data.test_split of it; then the validation
// part. Parts that are drawn depend on data.seed alone, and hold each class in its proportion.
// UsageError where there is no test part and none is cut, or a part would be empty.
DataParts load_data(const Recipe& recipe);
// The same of a source that is open.
DataParts cut_data(const Source& source, const DataSection& data);
// The same for training, which needs something to tell apart: IoError for one class only.
DataParts cut_training_data(const Source& source, const DataSection& data);

// The rounds of cross-validation: each tests on one fold of the source's main part, whose places it has. A test part of
// the source's own is not looked at.
std::vector<RowSplit> cut_folds(const Source& source, const DataSection& data, std::int64_t count);
// One of them for training: IoError as cut_training_data.
DataParts training_parts(const Source& source, const DataSection& data, const RowSplit& rows);

// Data for a model that was trained before, prepared as its own were, labels by its class names.
// `given`: data.source for this time, "" for the model's own. `part`: "train", "validation", "test" or "all";
// "" is "test" where there is such a part, as there is where the model's own data were cut, and "all" otherwise.
// "validation" is what training looked at between epochs, cut again from the model's own data as its recipe did, or a
// part that the data come with. UsageError for a part that is not there, DTypeError for pictures of bytes where the
// model's were floats and the other way round.
struct ModelData {
  Dataset data;
  std::string source, part;
};
ModelData data_for_model(const ModelInfo& info, const std::string& given, const std::string& part);

}  // namespace percept
