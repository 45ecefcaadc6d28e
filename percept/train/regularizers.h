// regularizers.h - penalties on weights and on what layers give, under Keras's names and with its formulas.
//   fit(model, data, {..., .penalties = {L2{{.factor = 1e-4, .parameters = "*.weight"}}, L1{{.outputs = "layers.2"}}}})
// Each is reported as part of the loss, in training and in validation. `parameters` and `outputs` say of what
// (train/path_patterns.h); those of outputs are divided by the batch size. ValueError for a factor that is negative or
// no number.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/value.h"
#include "percept/core/tensor.h"
#include "percept/train/path_patterns.h"
#include "percept/train/penalty.h"

namespace percept {

// factor * sum |x|
class L1 {
 public:
  struct Options {
    double factor = 0.01;
    PathPatterns parameters = {}, outputs = {};
  };
  static constexpr std::string_view kType = "L1";
  explicit L1(Options options);
  Tensor operator()(const Tensor& x) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// factor * sum x^2: without the 1/2 that weight decay has.
class L2 {
 public:
  struct Options {
    double factor = 0.01;
    PathPatterns parameters = {}, outputs = {};
  };
  static constexpr std::string_view kType = "L2";
  explicit L2(Options options);
  Tensor operator()(const Tensor& x) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// l1 * sum |x| + l2 * sum x^2
class L1L2 {
 public:
  struct Options {
    double l1 = 0, l2 = 0;
    PathPatterns parameters = {}, outputs = {};
  };
  static constexpr std::string_view kType = "L1L2";
  explicit L1L2(Options options);
  Tensor operator()(const Tensor& x) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// factor times the mean |cosine| between two different rows (or columns) of a matrix. Linear's weight is [out, in]
// here: what are columns of Keras's kernel are rows.
class OrthogonalRegularizer {
 public:
  struct Options {
    double factor = 0.01;
    std::string mode = "rows";  // or "columns"
    PathPatterns parameters = {}, outputs = {};
  };
  static constexpr std::string_view kType = "OrthogonalRegularizer";
  explicit OrthogonalRegularizer(Options options);
  Tensor operator()(const Tensor& x) const;  // ShapeError unless it is a matrix of at least two rows (columns)
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A regularizer by name, for recipes: regularizers = [{ type = "L2", factor = 1e-4, parameters = "*.weight" }].
struct RegularizerRecord {
  std::string_view type;
  std::string_view doc;
  Value (*default_options)() = nullptr;
  Penalty (*make)(const Value& options, std::string_view where) = nullptr;  // as CallbackRecord::make
  std::vector<std::string> (*option_names)() = nullptr;
};
const std::vector<RegularizerRecord>& all_regularizers();          // by name
const RegularizerRecord* find_regularizer(std::string_view type);  // null when there is none
// From a table with a `type`. UsageError with the nearest name for an unknown one.
Penalty regularizer_of(const Value& table, std::string_view where);

}  // namespace percept
