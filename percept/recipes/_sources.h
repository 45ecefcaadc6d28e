// _sources.h - the kinds of sources; open_source chooses among them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "percept/recipes/read_input.h"
#include "percept/recipes/source.h"

namespace percept {

enum class SourceKind { pictures, table, pixels, arrays, text, ready };  // ready: samples and classes as they lie
// UsageError for a setting of `data` that data of this kind would pass over in silence.
void refuse_unheeded(const DataSection& data, SourceKind kind);

// Data in memory, with the parts that they bring.
struct ReadyParts {
  Dataset main;
  std::optional<Dataset> test = {}, validation = {};
  std::vector<std::string> notes = {};
};
// Rows in the order they have. `kind`: as in Source.
std::unique_ptr<Source> source_of(std::string kind, ReadyParts parts, const PreprocessSection& preprocess);
// The same with labels by the names of a model's classes, where there is a model. `named`: whether names that are
// numbers are names indeed; they otherwise count the model's classes where those have words for names. IoError for a
// class that occurs and that the model has not.
ReadyParts by_classes_of(const std::optional<TrainedAs>& trained, ReadyParts parts, const std::string& source,
                         bool named);

// train-images, train-labels, and t10k- or test-images and -labels in IDX form, each plain or .gz.
DatasetSplits load_idx_folder(const std::string& folder);
// x_train, y_train and, where there are such parts, x_test, y_test, x_val, y_val; or x and y. Pictures may be [N, H, W]
// or [N, H, W, C].
std::unique_ptr<Source> open_array_source(const DataSection& data, const PreprocessSection& preprocess,
                                          const std::optional<TrainedAs>& trained);

// [N, H, W] and [N, H, W, C] become [N, C, H, W], of any dtype; others stay.
Tensor as_samples(const Tensor& x);
// DTypeError for pictures of bytes where a model was trained on floats, and the other way round.
void check_dtype(const ModelInfo& info, const Dataset& data, const std::string& source);

std::unique_ptr<Source> open_picture_source(const DataSection& data, const PreprocessSection& preprocess,
                                            const std::optional<TrainedAs>& trained);
std::unique_ptr<Source> open_table_source(const DataSection& data, const PreprocessSection& preprocess,
                                          const std::optional<TrainedAs>& trained);
std::unique_ptr<Source> open_text_source(const DataSection& data, const PreprocessSection& preprocess,
                                         const std::optional<TrainedAs>& trained);

// header: as data.header. wanted: names of columns that are looked for (TableBuilder).
DataTable table_from(const std::string& path, TableHeader header, std::vector<std::string> wanted);
// A table of which a model is asked, read as the one that it was trained on.
DataTable table_for(const std::string& path, const DataSection& data, const TableSchema& schema);
// table_data, whose refusals are the file's: IoError.
TensorDataset rows_by(const TableSchema& schema, const DataTable& table);
// The rows of a table for a model, with or without its target column; `identifier` as read_input's.
ModelInput read_table_input(const ModelInfo& info, const std::string& path, const std::string& identifier);

}  // namespace percept
