// _sources.h - the kinds of sources; open_source chooses among them.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "percept/recipes/read_input.h"
#include "percept/recipes/source.h"

namespace percept {

// Rows in the order they have. `test`, `validation`: parts of their own.
std::unique_ptr<Source> source_of(std::string kind, Dataset main, std::optional<Dataset> test,
                                  std::optional<Dataset> validation, const PreprocessSection& preprocess);

// train-images, train-labels, and t10k- or test-images and -labels in IDX form, each plain or .gz.
DatasetSplits load_idx_folder(const std::string& folder);
// x_train, y_train and, where there is a test part, x_test, y_test; or x and y. Pictures may be [N, H, W, C].
std::unique_ptr<Source> open_array_source(const DataSection& data, const PreprocessSection& preprocess);

std::unique_ptr<Source> open_picture_source(const DataSection& data, const PreprocessSection& preprocess,
                                            const std::optional<TrainedAs>& trained);
std::unique_ptr<Source> open_table_source(const DataSection& data, const PreprocessSection& preprocess,
                                          const std::optional<TrainedAs>& trained);
std::unique_ptr<Source> open_text_source(const DataSection& data, const PreprocessSection& preprocess,
                                         const std::optional<TrainedAs>& trained);

DataTable table_from(const std::string& path);
// table_data, whose refusals are the file's: IoError.
TensorDataset rows_by(const TableSchema& schema, const DataTable& table);
// The rows of a table for a model, with or without its target column; `identifier` as read_input's.
ModelInput read_table_input(const ModelInfo& info, const std::string& path, const std::string& identifier);

}  // namespace percept
