// source.h - the data that a recipe or a command names, open but not yet split: a data set by name, a folder of
// pictures, a table, arrays.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "percept/data/datasets.h"
#include "percept/recipes/recipe.h"

namespace percept {

// Rows of the main part of a source (what is no test or validation part of its own), in ascending order.
struct RowSplit {
  std::vector<std::int64_t> train, validation, test;
};

struct DataParts {
  Dataset train, test;
  std::optional<Dataset> validation;
  // The recipe's, with what the training rows settle: the size of pictures, the statistics of columns.
  PreprocessSection preprocess;
  std::vector<std::string> notes;  // what was found, in sentences for people
  bool classifies() const { return !train.class_names().empty(); }
};

class Source {
 public:
  virtual ~Source() = default;
  virtual std::string kind() const = 0;   // "a folder of pictures", for people
  virtual std::int64_t size() const = 0;  // of the main part
  // Of the main part's samples; empty where the target is a number.
  virtual std::vector<std::int64_t> labels() const = 0;
  // Whether neighbours are alike (files by class, sorted tables), so that parts must be drawn and not cut off.
  virtual bool sorted() const = 0;
  virtual bool has_test() const = 0;
  virtual bool has_validation() const { return false; }
  // Whether its test part is cut by data.test_split and the samples' places, before anything is drawn: text.
  virtual bool cuts_test_itself() const { return false; }
  // Those of the notes of `parts` that tell of files which cannot be read and were left out (data.skip_bad).
  virtual std::vector<std::string> left_out() const { return {}; }
  // The test part is split.test, or where that is empty the source's own. ShapeError or IoError where parts do not
  // fit each other.
  virtual DataParts parts(const RowSplit& split) const = 0;
  // The same of the first `train` samples and the `validation` behind them, without lists of rows: for sources that
  // cut their test part themselves.
  virtual DataParts parts_in_order(std::int64_t train, std::int64_t validation) const;
  // All samples, the parts of its own among them: main, validation, test.
  virtual Dataset whole() const;
};

// What a saved model knows of its data, whatever other data would say: classes by name, and `preprocess` as it is.
struct TrainedAs {
  std::vector<std::string> class_names;
};

// data.source: a name of `percept datasets list` ("data:NAME" forces that); a folder of pictures with one folder per
// class, or with train/ and test/ (val/) above them; a table (.csv, .tsv, .gz of them), of columns or of pixels
// ("label,pixel1,..."); a folder of IDX or CIFAR files; .npz; raw text (.txt, .txt.gz), whose last tenth (test_split)
// is the test part where there is no data.test: text is cut by position and not shuffled before. With `trained`, labels
// are by its classes. UsageError for an unknown name, what the call lacks, and settings that such data have no use for;
// IoError for files that are missing or malformed.
std::unique_ptr<Source> open_source(const DataSection& data, const PreprocessSection& preprocess,
                                    const std::optional<TrainedAs>& trained = {});

// Whether `source` is a data set by name, and no path.
bool names_dataset(const std::string& source);
// Whether it is a folder whose files are opened as pictures.
bool is_picture_folder(const std::string& source);

// Shape of one sample and number of classes, without reading data where the source is a data set by name.
struct SourceShape {
  Shape sample_shape;
  std::int64_t classes = 0;
};
SourceShape shape_of_source(const DataSection& data, const PreprocessSection& preprocess);

}  // namespace percept
