// regularizers.cpp - the formulas, and the list by name.
#include "percept/train/regularizers.h"

#include <cmath>

#include "percept/nn/layer_record.h"
#include "percept/ops/ops.h"
#include "percept/train/typed_table.h"

namespace percept {
namespace {

void check_factor(std::string_view who, const char* name, double factor) {
  if (!(factor >= 0 && std::isfinite(factor)))
    throw ValueError(std::string(who) + ": " + name + " = " + number(factor), "give a finite number of at least 0");
}

template <class R>
RegularizerRecord record(std::string_view doc) {
  return {R::kType, doc, [] { return to_value(typename R::Options{}); },
          [](const Value& options, std::string_view where) { return Penalty(R(options_of<R>(options, where))); },
          option_names_of<R>};
}

}  // namespace

L1::L1(Options options) : options_(std::move(options)) { check_factor(kType, "factor", options_.factor); }
Tensor L1::operator()(const Tensor& x) const { return options_.factor * sum(abs(x)); }

L2::L2(Options options) : options_(std::move(options)) { check_factor(kType, "factor", options_.factor); }
Tensor L2::operator()(const Tensor& x) const { return options_.factor * sum(square(x)); }

L1L2::L1L2(Options options) : options_(std::move(options)) {
  check_factor(kType, "l1", options_.l1);
  check_factor(kType, "l2", options_.l2);
}
Tensor L1L2::operator()(const Tensor& x) const { return options_.l1 * sum(abs(x)) + options_.l2 * sum(square(x)); }

OrthogonalRegularizer::OrthogonalRegularizer(Options options) : options_(std::move(options)) {
  check_factor(kType, "factor", options_.factor);
  if (options_.mode != "rows" && options_.mode != "columns")
    throw ValueError("OrthogonalRegularizer: mode = \"" + options_.mode + "\"", "use \"rows\" or \"columns\"");
}
Tensor OrthogonalRegularizer::operator()(const Tensor& x) const {
  const int along = options_.mode == "rows" ? 0 : 1;
  if (x.rank() != 2 || x.size(along) < 2)
    throw ShapeError("OrthogonalRegularizer: the tensor has shape " + str(x.shape()),
                     "give it a matrix with at least two " + options_.mode);
  const Tensor rows = along == 0 ? x : transpose(x);
  const Tensor units = l2_normalize(rows, 1);
  const Tensor cosines = matmul(units, transpose(units));
  const auto count = static_cast<double>(x.size(along));
  const Tensor between = triu(abs(cosines), 1);  // each pair once
  return options_.factor / (count * (count - 1) / 2) * sum(between);
}

const std::vector<RegularizerRecord>& all_regularizers() {
  static const std::vector<RegularizerRecord> all{
      record<L1>("factor * sum |x|, of the parameters or outputs named; those of outputs divided by the batch size."),
      record<L1L2>("l1 * sum |x| + l2 * sum x^2, of the parameters or outputs named."),
      record<L2>("factor * sum x^2 (no 1/2), of the parameters or outputs named."),
      record<OrthogonalRegularizer>(
          "factor times the mean |cosine| between two rows (or columns) of each matrix named. Source: Keras."),
  };
  return all;
}

const RegularizerRecord* find_regularizer(std::string_view type) { return record_named(all_regularizers(), type); }

Penalty regularizer_of(const Value& table, std::string_view where) {
  return record_of(all_regularizers(), table, "regularizer", where).make(table, where);
}

}  // namespace percept
