// constraints.h - what weights are brought back to after each update, under Keras's names and with its formulas.
//   fit(model, data, {..., .constraints = {MaxNorm{{.max_value = 2, .parameters = "*.weight"}}}})
// Norms are roots of sums of squares along `axes`; by default all axes but the first: of the weights that come in at
// one unit or filter, in [out, in] as in [out, in, kh, kw] (Keras's axis 0 of a kernel [in, out], [0, 1, 2] of one of
// Conv2D); of a vector all of it. Divisors are norm + 1e-7. A part of the captured step.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/value.h"
#include "percept/core/tensor.h"
#include "percept/train/path_patterns.h"

namespace percept {

// Holds any of them: a function of one tensor, and of which parameters.
class Constraint {
 public:
  template <class C>
    requires(requires(const C& one, const Tensor& x) {
      { one(x) } -> std::same_as<Tensor>;
      { one.options().parameters } -> std::convertible_to<PathPatterns>;
    })
  Constraint(C constraint)  // NOLINT: implicit on purpose
      : Constraint(std::string(C::kType), constraint, constraint.options().parameters) {}
  // UsageError where no parameters are named.
  Constraint(std::string name, std::function<Tensor(const Tensor&)> function, PathPatterns parameters);

  // Gives the trained parameters of the model that it is for their new values. ValueError where there is none.
  void apply(ModuleRef model) const;

 private:
  std::string name_;
  std::function<Tensor(const Tensor&)> function_;
  PathPatterns parameters_;
};

// w * clip(norm, 0, max_value) / (norm + 1e-7)
class MaxNorm {
 public:
  struct Options {
    double max_value = 2;
    std::vector<std::int64_t> axes = {};  // none: all but the first
    PathPatterns parameters = {};
  };
  static constexpr std::string_view kType = "MaxNorm";
  explicit MaxNorm(Options options);
  Tensor operator()(const Tensor& w) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// max(w, 0)
class NonNeg {
 public:
  struct Options {
    PathPatterns parameters = {};
  };
  static constexpr std::string_view kType = "NonNeg";
  explicit NonNeg(Options options) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& w) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// w / (norm + 1e-7)
class UnitNorm {
 public:
  struct Options {
    std::vector<std::int64_t> axes = {};
    PathPatterns parameters = {};
  };
  static constexpr std::string_view kType = "UnitNorm";
  explicit UnitNorm(Options options) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& w) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// w * (rate * clip(norm, min_value, max_value) + (1 - rate) * norm) / (norm + 1e-7)
class MinMaxNorm {
 public:
  struct Options {
    double min_value = 0, max_value = 1;
    double rate = 1;  // 1: at once
    std::vector<std::int64_t> axes = {};
    PathPatterns parameters = {};
  };
  static constexpr std::string_view kType = "MinMaxNorm";
  explicit MinMaxNorm(Options options);
  Tensor operator()(const Tensor& w) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A constraint by name, for recipes: constraints = [{ type = "MaxNorm", max_value = 3, parameters = "*.weight" }].
struct ConstraintRecord {
  std::string_view type;
  std::string_view doc;
  Value (*default_options)() = nullptr;
  Constraint (*make)(const Value& options, std::string_view where) = nullptr;  // as CallbackRecord::make
  std::vector<std::string> (*option_names)() = nullptr;
};
const std::vector<ConstraintRecord>& all_constraints();          // by name
const ConstraintRecord* find_constraint(std::string_view type);  // null when there is none
// From a table with a `type`. UsageError with the nearest name for an unknown one.
Constraint constraint_of(const Value& table, std::string_view where);

}  // namespace percept
