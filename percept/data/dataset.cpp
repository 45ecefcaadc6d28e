// dataset.cpp - gathering rows, parts of data sets, and what names their content.
#include "percept/data/dataset.h"

#include <cmath>
#include <cstring>
#include <mutex>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/_check_indices.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// A part of another data set.
class Range {
 public:
  Range(Dataset whole, std::int64_t first, std::int64_t count)
      : whole_(std::move(whole)), first_(first), count_(count) {}
  std::int64_t size() const { return count_; }
  Shape sample_shape() const { return whole_.sample_shape(); }
  std::vector<std::string> class_names() const { return whole_.class_names(); }
  Batch get(std::vector<std::int64_t> indices) const {
    for (std::int64_t& index : indices) index += first_;
    return whole_.get(indices);
  }
  std::string fingerprint() const {
    const std::string whole = whole_.fingerprint();
    return whole.empty() ? whole : whole + "[" + number(first_) + ":" + number(first_ + count_) + "]";
  }

 private:
  Dataset whole_;
  std::int64_t first_, count_;
};

// Bytes of one row of a row-major tensor.
std::size_t row_bytes(const Tensor& table) {
  Shape row = table.shape();
  row.erase(0);
  return checked_bytes(checked_numel(row), size_of(table.dtype()));
}

// [N, ...] -> [B, ...], in the dtype it has.
Tensor gather_rows(const Tensor& table, const std::vector<std::int64_t>& indices) {
  if (!table.defined()) return {};
  Shape shape = table.shape();
  shape[0] = static_cast<std::int64_t>(indices.size());
  Tensor rows(contiguous_spec(table.dtype(), shape));
  const std::size_t bytes = row_bytes(table);
  if (bytes == 0) return rows;
  const auto* from = static_cast<const std::byte*>(table.raw_data());
  auto* to = static_cast<std::byte*>(rows.raw_data());
  for (const std::int64_t index : indices) {
    std::memcpy(to, from + static_cast<std::size_t>(index) * bytes, bytes);
    to += bytes;
  }
  return rows;
}

Tensor as_table(const Tensor& tensor) {
  NoGrad no_grad;
  return tensor.is_contiguous() ? tensor.detach() : contiguous(tensor);
}

// Samples with weights. What is weighted already gets new ones.
class Weighted {
 public:
  Weighted(Dataset data, std::vector<float> weights) : data_(std::move(data)), weights_(std::move(weights)) {}
  std::int64_t size() const { return data_.size(); }
  Shape sample_shape() const { return data_.sample_shape(); }
  std::vector<std::string> class_names() const { return data_.class_names(); }
  Batch get(const std::vector<std::int64_t>& indices) const {
    Batch batch = data_.get(indices);
    batch.weight = Tensor(contiguous_spec(DType::f32, {static_cast<std::int64_t>(indices.size())}));
    float* to = batch.weight.mutable_data<float>();
    for (const std::int64_t index : indices) *to++ = weights_[static_cast<std::size_t>(index)];
    return batch;
  }
  std::string fingerprint() const {
    const std::string whole = data_.fingerprint();
    if (whole.empty()) return whole;
    Sha256 hash;
    hash.update(weights_.data(), weights_.size() * sizeof(float));
    return whole + "*" + hash.hex().substr(0, 16);
  }

 private:
  Dataset data_;
  std::vector<float> weights_;
};

}  // namespace

Batch Dataset::get(const std::vector<std::int64_t>& indices) const {
  check_indices(indices, size());
  return data_->get(indices);
}

Batch Dataset::get_rows(const Tensor& indices) const {
  if (!indices.defined() || indices.dtype() != DType::i64 || indices.rank() != 1)
    throw ShapeError("Dataset: the indices are " +
                         (indices.defined() ? std::string(name_of(indices.dtype())) + " " + str(indices.shape())
                                            : std::string("an undefined tensor")),
                     "pass i64 of shape [B]");
  return get(indices.to_vector<std::int64_t>());
}

Dataset Dataset::subset(std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || count > size() || first > size() - count)
    throw ValueError(
        "subset: " + number(count) + " samples from " + number(first) + " asked for, the data has " + number(size()),
        "first and count must be >= 0 and end within the data");
  return Range(*this, first, count);
}

Dataset Dataset::with_weights(const Tensor& weights) const {
  if (!weights.defined() || weights.rank() != 1 || weights.size(0) != size())
    throw ShapeError("with_weights: the weights are " + (weights.defined() ? str(weights.shape()) : "undefined") +
                         ", the data has " + number(size()) + " samples",
                     "give one weight per sample: [N]");
  std::vector<float> values = weights.to_vector<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw ValueError("with_weights: the weight of sample " + number(i) + " is " + number(values[i]),
                       "give finite numbers; 0 leaves a sample out");
  return Weighted(*this, std::move(values));
}

struct TensorDataset::Lazy {
  std::once_flag once;
  std::string fingerprint;
};

TensorDataset::TensorDataset(Tensor x, Tensor y, std::vector<std::string> class_names)
    : class_names_(std::move(class_names)), lazy_(std::make_shared<Lazy>()) {
  if (!x.defined() || x.rank() == 0)
    throw ShapeError("TensorDataset: x is " + (x.defined() ? str(x.shape()) : "undefined"),
                     "x holds one sample per row: [N, ...]");
  if (y.defined() && (y.rank() == 0 || y.size(0) != x.size(0)))
    throw ShapeError("TensorDataset: x is " + str(x.shape()) + ", y is " + str(y.shape()),
                     "both need the same first size: one target per sample");
  x_ = as_table(x);
  if (y.defined()) y_ = as_table(y);
}

Shape TensorDataset::sample_shape() const {
  Shape shape = x_.shape();
  shape.erase(0);
  return shape;
}

Batch TensorDataset::get(const std::vector<std::int64_t>& indices) const {
  check_indices(indices, size());
  return {.x = gather_rows(x_, indices), .y = gather_rows(y_, indices)};
}

std::string TensorDataset::fingerprint() const {
  std::call_once(lazy_->once, [&] {
    Sha256 hash;
    for (const Tensor* table : {&x_, &y_}) {
      if (!table->defined()) continue;
      const std::string head = std::string(name_of(table->dtype())) + str(table->shape());
      hash.update(head.data(), head.size());
      hash.update(table->raw_data(), checked_bytes(table->numel(), size_of(table->dtype())));
    }
    lazy_->fingerprint = number(size()) + "-" + hash.hex().substr(0, 16);
  });
  return lazy_->fingerprint;
}

TrainValidation split_validation(const Dataset& dataset, double fraction) {
  const std::int64_t count = dataset.size();
  const auto train = static_cast<std::int64_t>(std::floor(static_cast<double>(count) * (1.0 - fraction)));
  if (!(fraction > 0 && fraction < 1) || train < 1 || train >= count)
    throw ValueError("validation_split = " + number(fraction) + " of " + number(count) + " samples",
                     "use a fraction between 0 and 1 that leaves samples in both parts");
  return {dataset.subset(0, train), dataset.subset(train, count - train)};
}

}  // namespace percept
