// data_loader.h - batches of a data set in a repeatable order, fetched ahead by worker threads.
#pragma once
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "percept/data/dataset.h"

namespace percept {

// The loader's whole state: the next batch is number `position` of epoch `epoch`.
struct LoaderState {
  std::int64_t epoch = 0;
  std::int64_t position = 0;  // in batches
  friend bool operator==(const LoaderState&, const LoaderState&) = default;
};

// Where a fetched batch stands: all that the randomness of a transform may depend on.
struct BatchPlace {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  std::span<const std::int64_t> samples;  // their indices in the loader's data set, one per row
};
// What happens to each batch after it was fetched, in the worker that fetched it: augmentation. Called from several
// threads at once; a pure function of its arguments, so that batches do not depend on the number of workers.
using BatchTransform = std::function<Batch(Batch, const BatchPlace&)>;

struct DataLoaderOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  std::uint64_t seed = 0;  // the order of an epoch is a pure function of (seed, epoch)
  std::int64_t epoch = 0;  // the first one to deliver
  int num_workers = 0;     // threads that fetch ahead; 0: batches are made when asked for
  bool drop_last = false;  // leave out a last batch that is smaller than the others
  BatchTransform transform = {};
};

// for (const auto& [x, y, first_sample, weight] : loader) gives the rest of the current epoch; the next such loop gives
// the next epoch. A loop left early is continued by the next one; set_state begins elsewhere. One loop at a time.
// Batches are the same, and in the same order, for any number of workers. What `get` throws arrives at its batch.
class DataLoader {
 public:
  // ValueError for a batch size below 1, workers outside 0..256, or a negative epoch.
  explicit DataLoader(Dataset dataset, DataLoaderOptions options = {});

  std::int64_t num_batches() const { return num_batches_; }  // of one epoch
  const Dataset& dataset() const { return dataset_; }
  const DataLoaderOptions& options() const { return options_; }
  // Where the next batch comes from. Inside a loop's body this is the batch after the current one.
  LoaderState state() const { return state_; }
  void set_state(LoaderState state);  // ValueError outside 0..num_batches()
  // Batch `position` of `epoch`, without regard to the state.
  Batch batch_at(std::int64_t epoch, std::int64_t position) const;
  // The indices of that batch's samples in the data set.
  std::vector<std::int64_t> samples_at(std::int64_t epoch, std::int64_t position) const;

  class Iterator;
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

 private:
  Dataset dataset_;
  DataLoaderOptions options_;
  std::int64_t num_batches_ = 0;
  LoaderState state_;
};

class Prefetcher;  // the worker threads of one loop

// Single-pass. Holds the current batch; its destruction ends the workers.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  explicit Iterator(DataLoader& loader);
  Iterator(Iterator&&) noexcept;
  Iterator& operator=(Iterator&&) noexcept;
  ~Iterator();

  const Batch& operator*() const { return batch_; }
  const Batch* operator->() const { return &batch_; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.done_; }

 private:
  void fetch();
  DataLoader* loader_;
  std::unique_ptr<Prefetcher> workers_;
  Batch batch_;
  std::int64_t left_;  // batches still to deliver
  bool done_ = false;
};

}  // namespace percept
