// data.cpp - which rows of a source go where.
#include "percept/recipes/data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/split.h"

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

RowSplit rows_of_parts(const Source& source, const DataSection& data, const Fold& fold) {
  RowSplit split{.train = all_rows(source), .validation = {}, .test = {}};
  const bool drawn = fold.count > 0 || !source.has_test() ||
                     (data.validation_split > 0 && !source.has_validation() && source.sorted());
  const Rows labels = drawn ? source.labels() : Rows();
  if (fold.count > 0) {
    if (fold.count > source.size())
      throw UsageError("folds=" + number(fold.count) + " of " + number(source.size()) + " samples",
                       "use at least 2, and no more than there are samples");
    const FoldOptions options{.folds = fold.count, .seed = data.seed, .stratified = !labels.empty()};
    DataSplit part = (labels.empty() ? folds(source.size(), options) : folds(labels, options))
                         .at(static_cast<std::size_t>(fold.index));
    split.train = std::move(part.train);
    split.test = std::move(part.test);
  } else if (!source.has_test()) {
    if (data.test_split == 0)
      throw UsageError(data.source + " has no test part",
                       "hold one out with data.test_split=0.2, or name one with data.test=PATH");
    split.test = draw(split.train, labels, data.test_split, data.seed, "test_split");
  }
  if (data.validation_split > 0 && !source.has_validation()) {
    split.validation = source.sorted()
                           ? draw(split.train, labels, data.validation_split, data.seed + 1, "validation_split")
                           : cut_off(split.train, data.validation_split);
  }
  return split;
}

Dataset part_named(const DataParts& parts, const std::string& part, const std::string& source) {
  if (part == "train") return parts.train;
  if (part == "test") return parts.test;
  if (part == "validation" && parts.validation) return *parts.validation;
  throw UsageError(part == "validation" ? source + " has no validation part" : "split is '" + part + "'",
                   "use split=test, train, validation or all");
}

// Bytes go from 0 to 255, floats as whoever saved them had them: a model of the one makes nonsense of the other.
void check_dtype(const ModelInfo& info, const Dataset& data, const std::string& source) {
  if (!info.sample_dtype || info.sample_shape.rank() != 3 || data.size() == 0) return;
  const DType dtype = data.get({0}).x.dtype();
  if (is_floating(dtype) == is_floating(*info.sample_dtype)) return;
  throw DTypeError("pictures of " + source + " are " + std::string(name_of(dtype)) + ", the model was trained on " +
                       std::string(name_of(*info.sample_dtype)),
                   "save them as the training's were; bytes go from 0 to 255, floats usually from 0 to 1");
}

}  // namespace

DataParts cut_data(const Source& source, const DataSection& data, const Fold& fold) {
  if (source.cuts_test_itself() && fold.count == 0) {  // of text there are as many samples as characters
    const bool cut = data.validation_split > 0 && !source.has_validation();
    const std::int64_t train = cut ? kept_of(source.size(), data.validation_split) : source.size();
    return source.parts_in_order(train, source.size() - train);
  }
  return source.parts(rows_of_parts(source, data, fold));
}

std::vector<std::vector<std::int64_t>> test_folds(const Source& source, const DataSection& data, std::int64_t count) {
  DataSection whole = data;
  whole.validation_split = 0;
  std::vector<std::vector<std::int64_t>> tests;
  for (std::int64_t k = 0; k < count; ++k)
    tests.push_back(rows_of_parts(source, whole, {.index = k, .count = count}).test);
  return tests;
}

DataParts load_data(const Recipe& recipe) {
  const auto source = open_source(recipe.data, recipe.preprocess);
  if (recipe.data.test_split > 0 && source->has_test() && !source->cuts_test_itself())
    throw UsageError("data.test_split = " + number(recipe.data.test_split) + ", and " + recipe.data.source +
                         " has a test part of its own",
                     "leave it out");
  return cut_training_data(*source, recipe.data);
}

DataParts cut_training_data(const Source& source, const DataSection& data, const Fold& fold) {
  DataParts parts = cut_data(source, data, fold);
  const std::vector<std::string> classes = parts.train.class_names();
  if (classes.size() == 1)
    throw IoError(data.source + ": every sample is of the class " + quote(classes[0]),
                  "there is nothing to learn from one class; give data of at least two");
  return parts;
}

ModelData data_for_model(const ModelInfo& info, const std::string& given, const std::string& part) {
  DataSection data = info.data;
  // A path in the file is what somebody else's machine had there: only data sets are found by the file's word.
  const std::string& path = !names_dataset(data.source) ? data.source
                            : !data.test.empty()        ? data.test
                                                        : data.validation;
  if (given.empty() && !path.empty())
    throw UsageError("the model was trained on " + quote(path) + ", which is no data set by name",
                     "say where the data are: data=PATH");
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
  if (!source->has_test()) {
    // Cut as the model's own data were: only those have a part that the model has not seen.
    const bool same = data.test_split > 0;
    if (!same && part.empty()) return everything();
    if (!same) throw UsageError(data.source + " has no part called " + part, "use split=all");
  }
  const DataParts parts = cut_data(*source, data);
  // A part that is cut by place says nothing of whether it is the model's own.
  const bool brought = source->has_test() && !source->cuts_test_itself();
  const bool own = brought || parts.train.fingerprint() == info.data_fingerprint;
  if (!own && part.empty()) return everything();
  if (!own)
    throw UsageError(data.source + " is not what the model was trained on, and has no part called " + part,
                     "use split=all");
  const std::string name = part.empty() ? "test" : part;
  return of_model(part_named(parts, name, data.source), name);
}

}  // namespace percept
