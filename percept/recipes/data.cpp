// data.cpp - which rows of a source go where.
#include "percept/recipes/data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/split.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

using Rows = std::vector<std::int64_t>;

Rows all_rows(const Source& source) {
  Rows rows(static_cast<std::size_t>(source.size()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Rows at(const Rows& values, const Rows& places) {
  Rows chosen;
  for (const std::int64_t place : places) chosen.push_back(values[static_cast<std::size_t>(place)]);
  return chosen;
}

[[noreturn]] void refuse_part(std::string_view key, double fraction, std::size_t samples) {
  throw UsageError("data." + std::string(key) + " = " + number(fraction) + " of " + number(samples) + " samples",
                   "use a fraction that leaves samples in both parts");
}

// Moves a drawn share of `rows` into a part of its own.
Rows draw(Rows& rows, const Rows& labels, double fraction, std::uint64_t seed, std::string_view key) {
  const SplitOptions options{.fraction = fraction, .seed = seed, .stratified = !labels.empty()};
  try {
    const DataSplit split = labels.empty() ? split_test(static_cast<std::int64_t>(rows.size()), options)
                                           : split_test(at(labels, rows), options);
    const Rows drawn = at(rows, split.test);
    rows = at(rows, split.train);
    return drawn;
  } catch (const ValueError&) {
    refuse_part(key, fraction, rows.size());
  }
}

// How many samples stay where the last share is cut off, as Keras's validation_split does.
std::int64_t kept_of(std::int64_t samples, double fraction) {
  const auto kept = static_cast<std::int64_t>(std::floor(static_cast<double>(samples) * (1 - fraction)));
  if (kept == 0 || kept == samples) refuse_part("validation_split", fraction, static_cast<std::size_t>(samples));
  return kept;
}

// Moves the last share.
Rows cut_off(Rows& rows, double fraction) {
  const std::int64_t kept = kept_of(static_cast<std::int64_t>(rows.size()), fraction);
  const Rows last(rows.begin() + kept, rows.end());
  rows.erase(rows.begin() + kept, rows.end());
  return last;
}

// Moves the validation part out of the training rows. `labels` of all rows, where they say something.
void take_validation(RowSplit& split, const Source& source, const DataSection& data, const Rows& labels) {
  if (data.validation_split == 0 || source.has_validation()) return;
  split.validation = source.sorted()
                         ? draw(split.train, labels, data.validation_split, data.seed + 1, "validation_split")
                         : cut_off(split.train, data.validation_split);
}

RowSplit rows_of_parts(const Source& source, const DataSection& data) {
  RowSplit split{.train = all_rows(source), .validation = {}, .test = {}};
  const bool drawn = !source.has_test() || (data.validation_split > 0 && !source.has_validation() && source.sorted());
  const Rows labels = drawn ? source.labels() : Rows();
  if (!source.has_test()) {
    if (data.test_split == 0)
      throw UsageError(data.source + " has no test part",
                       "hold one out with data.test_split=0.2, or name one with data.test=PATH");
    split.test = draw(split.train, labels, data.test_split, data.seed, "test_split");
  }
  take_validation(split, source, data, labels);
  return split;
}

// The same where the test part is another path: nothing of the source is held out for it.
RowSplit rows_without_test(const Source& source, const DataSection& data) {
  RowSplit split{.train = all_rows(source), .validation = {}, .test = {}};
  take_validation(split, source, data, source.sorted() ? source.labels() : Rows());
  return split;
}

[[noreturn]] void refuse_validation(const ModelInfo& info, const std::string& source, bool own) {
  const std::string& path = info.data.validation;
  if (!own)
    throw UsageError(source + " is not what the model was trained on, and has no validation part of its own",
                     "name the training data, or use split=all");
  throw UsageError(source + " has no validation part: " +
                       (path.empty() ? "training cut none (data.validation_split = 0)"
                                     : "training looked at " + quote(path) + " between epochs"),
                   path.empty() ? "use split=test, train or all" : "name that: data=PATH split=all");
}

}  // namespace

// Bytes go from 0 to 255, floats as whoever saved them had them: a model of the one makes nonsense of the other.
void check_dtype(const ModelInfo& info, const Dataset& data, const std::string& source) {
  if (!info.sample_dtype || info.sample_shape.rank() != 3 || data.size() == 0) return;
  const DType dtype = data.get({0}).x.dtype();
  if (is_floating(dtype) == is_floating(*info.sample_dtype)) return;
  throw DTypeError("pictures of " + source + " are " + std::string(name_of(dtype)) + ", the model was trained on " +
                       std::string(name_of(*info.sample_dtype)),
                   "save them as the training's were; bytes go from 0 to 255, floats usually from 0 to 1");
}

DataParts cut_data(const Source& source, const DataSection& data) {
  if (source.cuts_test_itself()) {  // of text there are as many samples as characters
    const bool cut = data.validation_split > 0 && !source.has_validation();
    const std::int64_t train = cut ? kept_of(source.size(), data.validation_split) : source.size();
    return source.parts_in_order(train, source.size() - train);
  }
  return source.parts(rows_of_parts(source, data));
}

std::vector<RowSplit> cut_folds(const Source& source, const DataSection& data, std::int64_t count) {
  if (count > source.size())
    throw UsageError("folds=" + number(count) + " of " + number(source.size()) + " samples",
                     "use at least 2, and no more than there are samples");
  const Rows labels = source.labels();
  const FoldOptions options{.folds = count, .seed = data.seed, .stratified = !labels.empty()};
  std::vector<RowSplit> rounds;
  for (DataSplit& part : labels.empty() ? folds(source.size(), options) : folds(labels, options)) {
    RowSplit split{.train = std::move(part.train), .validation = {}, .test = std::move(part.test)};
    take_validation(split, source, data, labels);
    rounds.push_back(std::move(split));
  }
  return rounds;
}

DataParts load_data(const Recipe& recipe) {
  const auto source = open_source(recipe.data, recipe.preprocess);
  if (recipe.data.test_split > 0 && source->has_test() && !source->cuts_test_itself())
    throw UsageError("data.test_split = " + number(recipe.data.test_split) + ", and " + recipe.data.source +
                         " has a test part of its own",
                     "leave it out");
  return cut_training_data(*source, recipe.data);
}

DataParts training_parts(const Source& source, const DataSection& data, const RowSplit& rows) {
  DataParts parts = source.parts(rows);
  const std::vector<std::string> classes = parts.train.class_names();
  if (classes.size() == 1)
    throw IoError(data.source + ": every sample is of the class " + quote(classes[0]),
                  "there is nothing to learn from one class; give data of at least two");
  return parts;
}

DataParts cut_training_data(const Source& source, const DataSection& data) {
  return training_parts(source, data, rows_of_parts(source, data));
}

ModelData data_for_model(const ModelInfo& info, const std::string& given, const std::string& part) {
  if (!part.empty() && part != "test" && part != "train" && part != "validation" && part != "all")
    throw UsageError("split is '" + part + "'", "use split=test, train, validation or all");
  DataSection data = info.data;
  // A path in the file is what somebody else's machine had there: only data sets are found by the file's word.
  const std::string& path = !names_dataset(data.source) ? data.source
                            : !data.test.empty()        ? data.test
                                                        : data.validation;
  if (given.empty() && !path.empty())
    throw UsageError("the model was trained on " + quote(path) + ", which is no data set by name",
                     "say where the data are, as data=" + path + ": paths in model files are not opened by themselves");
  if (!given.empty()) {
    data.source = given;
    data.test = data.validation = "";
  }
  const auto source = open_source(data, info.preprocess, TrainedAs{info.class_names});
  const auto of_model = [&](Dataset chosen, const std::string& name) {
    check_dtype(info, chosen, data.source);
    return ModelData{std::move(chosen), data.source, name};
  };
  const auto everything = [&] { return of_model(source->whole(), "all"); };
  if (part == "all") return everything();
  const bool no_test = !source->has_test() && data.test_split == 0;
  if (no_test && part.empty()) return everything();
  if (no_test && (part == "test" || info.data.test.empty()))
    throw UsageError(data.source + " has no part called " + part, "use split=all");
  const DataParts parts = no_test ? source->parts(rows_without_test(*source, data)) : cut_data(*source, data);
  // Cut as the model's own data were: only those have a part that the model has not seen.
  const auto same = [&] { return parts.train.fingerprint() == info.data_fingerprint; };
  if (part == "validation") {
    if (!parts.validation || (data.validation_split > 0 && !same())) refuse_validation(info, data.source, same());
    return of_model(*parts.validation, part);
  }
  // A part that is cut by place says nothing of whether it is the model's own.
  const bool own = (source->has_test() && !source->cuts_test_itself()) || same();
  if (!own && part.empty()) return everything();
  if (!own)
    throw UsageError(data.source + " is not what the model was trained on, and has no part called " + part,
                     "use split=all");
  return of_model(part == "train" ? parts.train : parts.test, part.empty() ? "test" : part);
}

}  // namespace percept
