// source_table.cpp - tables: columns of numbers and words, or of pixels as on Kaggle.
#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/pixel_table.h"
#include "percept/data/split.h"
#include "percept/data/table_fit.h"
#include "percept/data/table_header.h"
#include "percept/formats/csv.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

TableOptions options_of(const DataSection& data) {
  return {.target = data.target,
          .task = enum_value<TableTask>(data.task).value_or(TableTask::automatic),
          .ignore = data.ignore,
          .standardise_target = false};  // the model's last step scales (TargetScale): losses are in the target's unit
}

TableHeader header_of(const DataSection& data) {
  return enum_value<TableHeader>(data.header).value_or(TableHeader::guess);
}

// What was guessed of a table's first record, and how to say otherwise; "" where there was no doubt. `wanted`: names of
// columns were looked for, and found.
std::string guessed(const DataTable& table, const DataSection& data, bool wanted) {
  if (header_of(data) != TableHeader::guess) return {};
  if (!table.named())
    return "line " + number(table.line(0)) + " is taken for a sample; data.header = \"yes\" if it names the columns";
  const std::vector<std::string_view> names(table.header().begin(), table.header().end());
  if (wanted || !mostly_numbers(names)) return {};
  return "the first line is taken for the columns' names; data.header = \"no\" if it is a sample";
}

// What a table holds is at fault where the rooms below refuse a value.
template <class Make>
auto of_contents(const Make& make) {
  try {
    return make();
  } catch (const ValueError& error) {
    throw IoError(error.problem(), error.fix());
  }
}

}  // namespace

DataTable table_from(const std::string& path, TableHeader header, std::vector<std::string> wanted) {
  CsvReader reader(path);
  return read_table(reader, header, std::move(wanted));
}

DataTable table_for(const std::string& path, const DataSection& data, const TableSchema& schema) {
  const TableHeader asked = header_of(data);
  std::vector<std::string> wanted;
  for (const TableColumn& column : schema.columns)
    if (column.type != ColumnType::ignore) wanted.push_back(column.name);
  const bool nameless = asked == TableHeader::guess && !schema.named;
  return table_from(path, nameless ? TableHeader::no : asked, std::move(wanted));
}

TensorDataset rows_by(const TableSchema& schema, const DataTable& table) {
  return of_contents([&] { return table_data(table, schema); });
}

namespace {

// Names that people give to what is to be told.
std::string usual_target(const DataTable& table, const std::string& path) {
  static constexpr std::string_view kUsual[] = {"target", "label", "class", "y", "species", "category", "outcome"};
  for (const std::string_view name : kUsual)
    for (const std::string& column : table.header())
      if (column == name) return column;
  throw UsageError(path + ": which column is to be told from the others? The columns are " + join(table.header()),
                   "say so: target=" + table.header().back());
}

// The column that is to be told. UsageError for one that is not there, or not known.
TableTarget target_of(const DataTable& table, const DataSection& data, TableOptions& options) {
  try {
    if (options.target.empty()) options.target = usual_target(table, data.source);
    return of_contents([&] { return find_target(table, options); });
  } catch (const UsageError& error) {
    const std::string guess = guessed(table, data, false);
    throw UsageError(error.problem(), guess + (guess.empty() ? "" : "; ") + error.fix());
  }
}

// Mean and spread of the training part's numbers.
TargetScale scale_of(const Dataset& train, const std::string& what) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(train.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  const std::vector<double> values = train.get(rows).y.to_vector<double>();
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double std = std::sqrt(squares / static_cast<double>(values.size()));
  if (std == 0 && values.size() > 1)
    throw IoError(
        what + " is " + number(mean) + " (as f32) in every row of the training part",
        "there is nothing to learn from one value; name another column as target, or subtract what all rows share");
  return {mean, std > 0 ? std : 1};
}

class TableSource final : public Source {
 public:
  TableSource(const DataSection& data, const PreprocessSection& preprocess, bool trained)
      : main_(trained ? table_for(data.source, data, *preprocess.table)
                      : table_from(data.source, header_of(data), looked_for(data.target))),
        options_(options_of(data)),
        preprocess_(preprocess),
        trained_(trained) {
    if (trained_) {
      target_ = preprocess_.table->target;
    } else {
      target_ = target_of(main_, data, options_);
      guessed_ = guessed(main_, data, !data.target.empty());
    }
    const auto part_of = [&](const std::string& path) {
      if (trained_) return table_for(path, data, *preprocess_.table);
      return table_from(path, main_.named() ? header_of(data) : TableHeader::no, looked_for(target_.name));
    };
    if (!data.test.empty()) test_ = part_of(data.test);
    if (!data.validation.empty()) validation_ = part_of(data.validation);
    for (const DataTable* part : {&main_, test_ ? &*test_ : nullptr, validation_ ? &*validation_ : nullptr})
      if (part != nullptr) part->column(target_.name);  // refuses a table without it
  }

  std::string kind() const override { return "a table"; }
  std::int64_t size() const override { return main_.rows(); }
  std::vector<std::int64_t> labels() const override {
    return target_.classes.empty() ? std::vector<std::int64_t>() : target_labels(main_, target_);
  }
  bool sorted() const override { return true; }
  bool has_test() const override { return test_.has_value(); }
  bool has_validation() const override { return validation_.has_value(); }

  DataParts parts(const RowSplit& split) const override {
    PreprocessSection preprocess = preprocess_;
    std::vector<std::string> notes{"read " + with_thousands(main_.rows()) + " rows of " + number(main_.columns()) +
                                   " columns from " + main_.name()};
    if (!guessed_.empty()) notes.push_back(main_.name() + ": " + guessed_);
    if (!trained_) {
      FittedSchema fitted = of_contents([&] { return fit_schema(main_, split.train, options_); });
      preprocess.table = std::move(fitted.schema);
      notes.insert(notes.end(), fitted.notes.begin(), fitted.notes.end());
      notes.push_back("target " + quote(target_.name) + ": " +
                      (target_.classes.empty() ? "a number" : number(target_.classes.size()) + " classes"));
    }
    const TableSchema& schema = *preprocess.table;
    const Dataset main = rows_by(schema, main_);
    Dataset test = test_ && split.test.empty() ? Dataset(rows_by(schema, *test_)) : rows_of(main, split.test);
    DataParts parts{.train = rows_of(main, split.train),
                    .test = std::move(test),
                    .validation = {},
                    .preprocess = preprocess,
                    .notes = std::move(notes)};
    if (validation_)
      parts.validation = rows_by(schema, *validation_);
    else if (!split.validation.empty())
      parts.validation = rows_of(main, split.validation);
    if (!trained_ && schema.target.classes.empty())
      parts.preprocess.target = scale_of(parts.train, main_.name() + ": the target " + quote(target_.name));
    return parts;
  }

 private:
  static std::vector<std::string> looked_for(const std::string& column) {
    return column.empty() ? std::vector<std::string>() : std::vector{column};
  }
  DataTable main_;
  std::optional<DataTable> test_, validation_;
  TableOptions options_;
  TableTarget target_;
  std::string guessed_;
  PreprocessSection preprocess_;
  bool trained_;
};

TensorDataset labelled_pixels(const std::string& path, const std::vector<std::string>& classes) {
  TensorDataset pixels = read_pixel_table(path, classes);
  if (!pixels.y().defined())
    throw IoError(path + " has no column of labels", "a column called label says each picture's class");
  return pixels;
}

// One table's pixels, with the classes of the first.
std::optional<Dataset> pixels_of(const std::string& path, const std::vector<std::string>& classes) {
  if (path.empty()) return std::nullopt;
  return labelled_pixels(path, classes);
}

}  // namespace

std::unique_ptr<Source> open_table_source(const DataSection& data, const PreprocessSection& preprocess,
                                          const std::optional<TrainedAs>& trained) {
  const bool pixels = trained ? !preprocess.table : is_pixel_table(data.source);
  if (!trained) refuse_unheeded(data, pixels ? SourceKind::pixels : SourceKind::table);
  if (!pixels) return std::make_unique<TableSource>(data, preprocess, trained.has_value());
  const TensorDataset main = labelled_pixels(data.source, trained ? trained->class_names : std::vector<std::string>());
  ReadyParts parts{.main = main};
  parts.test = pixels_of(data.test, main.class_names());
  parts.validation = pixels_of(data.validation, main.class_names());
  return source_of("a table of pixels", std::move(parts), preprocess);
}

}  // namespace percept
