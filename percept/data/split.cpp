// split.cpp - samples dealt along one seeded permutation.
#include "percept/data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/core/rng.h"

namespace percept {
namespace {

constexpr std::uint64_t kTestStream = std::uint64_t{0x73706c6974}
                                      << 24;  // "split": clear of layers' and orders' streams
constexpr std::uint64_t kFoldStream = kTestStream + 1;

// Rows of another data set.
class Rows {
 public:
  Rows(Dataset whole, std::vector<std::int64_t> indices)
      : whole_(std::move(whole)), indices_(std::make_shared<const std::vector<std::int64_t>>(std::move(indices))) {}
  std::int64_t size() const { return static_cast<std::int64_t>(indices_->size()); }
  Shape sample_shape() const { return whole_.sample_shape(); }
  std::vector<std::string> class_names() const { return whole_.class_names(); }
  Batch get(std::vector<std::int64_t> indices) const {
    for (std::int64_t& index : indices) index = (*indices_)[static_cast<std::size_t>(index)];
    return whole_.get(indices);
  }
  std::string fingerprint() const {
    const std::string whole = whole_.fingerprint();
    if (whole.empty()) return whole;
    Sha256 hash;  // of the places as text: the same on every machine
    for (const std::int64_t index : *indices_) {
      const std::string text = number(index) + ",";
      hash.update(text.data(), text.size());
    }
    return whole + "[" + number(size()) + " rows " + hash.hex().substr(0, 16) + "]";
  }

 private:
  Dataset whole_;
  std::shared_ptr<const std::vector<std::int64_t>> indices_;
};

// The samples of each class, in the seeded order; the classes by their number.
using Classes = std::map<std::int64_t, std::vector<std::int64_t>>;

Classes shuffled_classes(const std::vector<std::int64_t>& labels, bool stratified, RandomKey key) {
  const auto count = static_cast<std::int64_t>(labels.size());
  const Permutation order(count, philox_key(key));
  Classes classes;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t sample = order(i);
    classes[stratified ? labels[static_cast<std::size_t>(sample)] : 0].push_back(sample);
  }
  return classes;
}

// How many of each class make `wanted` in all: the share rounded down, and one more where most was lost (the first of
// equals). Whole numbers only, so that no rounding decides.
std::vector<std::int64_t> quotas(const Classes& classes, std::int64_t wanted, std::int64_t count) {
  std::vector<std::int64_t> quota, lost;
  std::int64_t left = wanted;
  for (const auto& [label, samples] : classes) {
    const std::int64_t share = checked_mul(static_cast<std::int64_t>(samples.size()), wanted);  // times 1 / count
    quota.push_back(share / count);
    lost.push_back(share % count);
    left -= quota.back();
  }
  std::vector<std::size_t> by_loss(quota.size());
  std::iota(by_loss.begin(), by_loss.end(), std::size_t{0});
  std::stable_sort(by_loss.begin(), by_loss.end(), [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
  for (std::size_t i = 0; left > 0 && i < by_loss.size(); ++i, --left) ++quota[by_loss[i]];
  return quota;
}

// The samples that are (not) marked, rising.
DataSplit split_by(const std::vector<bool>& in_test) {
  DataSplit split;
  for (std::size_t i = 0; i < in_test.size(); ++i)
    (in_test[i] ? split.test : split.train).push_back(static_cast<std::int64_t>(i));
  return split;
}

std::vector<std::int64_t> no_labels(std::int64_t count) {
  return std::vector<std::int64_t>(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
}

}  // namespace

DataSplit split_test(const std::vector<std::int64_t>& labels, const SplitOptions& options) {
  const auto count = static_cast<std::int64_t>(labels.size());
  const double wanted = std::round(options.fraction * static_cast<double>(count));
  if (!(options.fraction > 0 && options.fraction < 1) || wanted < 1 || wanted >= static_cast<double>(count))
    throw ValueError("split_test: fraction is " + number(options.fraction) + " of " + number(count) + " samples",
                     "use a fraction between 0 and 1 that leaves samples in both parts");
  const Classes classes = shuffled_classes(labels, options.stratified, {options.seed, kTestStream});
  const std::vector<std::int64_t> quota = quotas(classes, static_cast<std::int64_t>(wanted), count);
  std::vector<bool> in_test(labels.size());
  std::size_t k = 0;
  for (const auto& [label, samples] : classes) {
    for (std::int64_t i = 0; i < quota[k]; ++i)
      in_test[static_cast<std::size_t>(samples[static_cast<std::size_t>(i)])] = true;
    ++k;
  }
  return split_by(in_test);
}

DataSplit split_test(std::int64_t count, const SplitOptions& options) {
  return split_test(no_labels(count), {.fraction = options.fraction, .seed = options.seed});
}

DataSplit split_test(const Dataset& dataset, const SplitOptions& options) {
  return options.stratified ? split_test(labels_of(dataset), options) : split_test(dataset.size(), options);
}

std::vector<DataSplit> folds(const std::vector<std::int64_t>& labels, const FoldOptions& options) {
  const auto count = static_cast<std::int64_t>(labels.size());
  if (options.folds < 2 || options.folds > count)
    throw ValueError("folds: " + number(options.folds) + " folds of " + number(count) + " samples",
                     "use at least 2, and no more than there are samples");
  std::vector<std::int64_t> fold_of(labels.size());
  std::int64_t dealt = 0;  // on from class to class, so that the folds are of one size too
  for (const auto& [label, samples] : shuffled_classes(labels, options.stratified, {options.seed, kFoldStream}))
    for (const std::int64_t sample : samples) fold_of[static_cast<std::size_t>(sample)] = dealt++ % options.folds;
  std::vector<DataSplit> splits;
  for (std::int64_t fold = 0; fold < options.folds; ++fold) {
    std::vector<bool> in_test(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) in_test[i] = fold_of[i] == fold;
    splits.push_back(split_by(in_test));
  }
  return splits;
}

std::vector<DataSplit> folds(std::int64_t count, const FoldOptions& options) {
  return folds(no_labels(count), {.folds = options.folds, .seed = options.seed});
}

std::vector<DataSplit> folds(const Dataset& dataset, const FoldOptions& options) {
  return options.stratified ? folds(labels_of(dataset), options) : folds(dataset.size(), options);
}

std::vector<std::int64_t> labels_of(const Dataset& dataset) {
  constexpr std::int64_t kBatch = 256;
  std::vector<std::int64_t> labels;
  for (std::int64_t first = 0; first < dataset.size(); first += kBatch) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kBatch, dataset.size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    const Tensor y = dataset.get(indices).y;
    if (!y.defined() || is_floating(y.dtype()) || y.numel() != static_cast<std::int64_t>(indices.size()))
      throw ShapeError("labels_of: targets are " +
                           (y.defined() ? std::string(name_of(y.dtype())) + " " + str(y.shape()) : "missing"),
                       "only samples with one class each can be split by class: integers [B]");
    for (const std::int64_t label : y.to_vector<std::int64_t>()) labels.push_back(label);
  }
  return labels;
}

Dataset rows_of(const Dataset& dataset, std::vector<std::int64_t> indices) {
  for (const std::int64_t index : indices)
    if (index < 0 || index >= dataset.size())
      throw ValueError("rows_of: sample " + number(index) + " asked for, the data has " + number(dataset.size()),
                       "indices are 0.." + number(dataset.size() - 1));
  return Rows(dataset, std::move(indices));
}

}  // namespace percept
