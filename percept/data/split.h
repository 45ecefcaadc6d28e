// split.h - seeded parts of a data set: a test part, folds for cross validation, and any rows as a data set.
// Which sample goes where is a pure function of seed, count and labels (core/rng.h, Permutation).
#pragma once
#include <cstdint>
#include <vector>

#include "percept/data/dataset.h"

namespace percept {

// Indices of samples, rising; together they are all samples.
struct DataSplit {
  std::vector<std::int64_t> train, test;
};

struct SplitOptions {
  double fraction = 0.2;  // of the samples, for test: round(fraction * count)
  std::uint64_t seed = 0;
  bool stratified = false;  // each class in both parts as often as its share: exactly, up to one sample
};

// ValueError unless 0 < fraction < 1 and both parts get a sample.
DataSplit split_test(std::int64_t count, const SplitOptions& options = {});
// Of samples with these classes (any numbers; options.stratified is taken as said).
DataSplit split_test(const std::vector<std::int64_t>& labels, const SplitOptions& options = {});
// Reads the labels only when stratified.
DataSplit split_test(const Dataset& dataset, const SplitOptions& options = {});

struct FoldOptions {
  std::int64_t folds = 5;  // K
  std::uint64_t seed = 0;
  bool stratified = false;  // each class in every fold equally often, up to one sample
};

// K splits; each sample is in exactly one test part, whose sizes differ by at most one. ValueError unless
// 2 <= K <= count.
std::vector<DataSplit> folds(std::int64_t count, const FoldOptions& options = {});
std::vector<DataSplit> folds(const std::vector<std::int64_t>& labels, const FoldOptions& options = {});
std::vector<DataSplit> folds(const Dataset& dataset, const FoldOptions& options = {});

// The label of each sample. Reads every sample once, x too. ShapeError unless targets are integers, one per sample.
std::vector<std::int64_t> labels_of(const Dataset& dataset);

// The samples at `indices`, in that order, as a data set: a view, nothing is copied. ValueError for an index outside.
Dataset rows_of(const Dataset& dataset, std::vector<std::int64_t> indices);

}  // namespace percept
