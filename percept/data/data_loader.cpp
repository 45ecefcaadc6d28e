// data_loader.cpp - the epoch's order, and workers that fill a bounded ring of batches.
#include "percept/data/data_loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/rng.h"

namespace percept {
namespace {
constexpr std::uint64_t kOrderStreams = std::uint64_t{0x6f72646572} << 24;  // keeps clear of the layers' small numbers
constexpr int kMaxWorkers = 256;
}  // namespace

DataLoader::DataLoader(Dataset dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)), state_{options_.epoch, 0} {
  if (options_.batch_size < 1)
    throw ValueError("DataLoader: batch_size = " + number(options_.batch_size), "use at least 1");
  if (options_.num_workers < 0 || options_.num_workers > kMaxWorkers)
    throw ValueError("DataLoader: num_workers = " + number(options_.num_workers), "use 0 to " + number(kMaxWorkers));
  if (options_.epoch < 0) throw ValueError("DataLoader: epoch = " + number(options_.epoch), "epochs count from 0");
  const std::int64_t size = dataset_.size();
  num_batches_ = size / options_.batch_size + (!options_.drop_last && size % options_.batch_size != 0 ? 1 : 0);
}

void DataLoader::set_state(LoaderState state) {
  if (state.epoch < 0 || state.position < 0 || state.position > num_batches_)
    throw ValueError("DataLoader: no batch " + number(state.position) + " in epoch " + number(state.epoch),
                     "epochs count from 0, positions are 0.." + number(num_batches_));
  state_ = num_batches_ > 0 && state.position == num_batches_ ? LoaderState{state.epoch + 1, 0} : state;
}

std::vector<std::int64_t> DataLoader::samples_at(std::int64_t epoch, std::int64_t position) const {
  if (epoch < 0 || position < 0 || position >= num_batches_)
    throw ValueError("DataLoader: no batch " + number(position) + " in epoch " + number(epoch),
                     "epochs count from 0, batches are 0.." + number(num_batches_ - 1));
  const std::int64_t size = dataset_.size();
  const std::int64_t first = position * options_.batch_size;
  const std::int64_t count = std::min(options_.batch_size, size - first);
  const Permutation order(size, philox_key({options_.seed, kOrderStreams + static_cast<std::uint64_t>(epoch)}));
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    indices[static_cast<std::size_t>(i)] = options_.shuffle ? order(first + i) : first + i;
  return indices;
}

Batch DataLoader::batch_at(std::int64_t epoch, std::int64_t position) const {
  const std::vector<std::int64_t> indices = samples_at(epoch, position);
  Batch batch = dataset_.get(indices);
  batch.first_sample = position * options_.batch_size;
  if (options_.transform) batch = options_.transform(std::move(batch), {options_.seed, epoch, indices});
  return batch;
}

// Workers take batch numbers in order and put each batch at number % ring size. A number is taken only when its place
// is free, so at most `ring size` batches wait.
class Prefetcher {
 public:
  Prefetcher(const DataLoader& loader, LoaderState from, int workers)
      : loader_(loader),
        epoch_(from.epoch),
        end_(loader.num_batches()),
        next_to_make_(from.position),
        next_to_give_(from.position),
        ring_(static_cast<std::size_t>(2 * workers)) {
    try {
      for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // The system gives no more threads: those that started do it all, or this one where there is none.
    } catch (...) {
      stop();
      throw;
    }
  }
  ~Prefetcher() { stop(); }

  // The next batch in order, or the exception met while it was made.
  Batch take() {
    if (threads_.empty()) return loader_.batch_at(epoch_, next_to_give_++);
    std::unique_lock lock(mutex_);
    Place& place = place_of(next_to_give_);
    made_.wait(lock, [&] { return place.full; });
    place.full = false;
    ++next_to_give_;
    freed_.notify_all();
    if (place.error) std::rethrow_exception(std::exchange(place.error, nullptr));
    return std::exchange(place.batch, {});
  }

 private:
  struct Place {
    bool full = false;
    Batch batch;
    std::exception_ptr error;
  };
  Place& place_of(std::int64_t position) { return ring_[static_cast<std::size_t>(position) % ring_.size()]; }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      freed_.wait(lock, [&] {
        return stopping_ || next_to_make_ >= end_ ||
               next_to_make_ < next_to_give_ + static_cast<std::int64_t>(ring_.size());
      });
      if (stopping_ || next_to_make_ >= end_) return;
      const std::int64_t position = next_to_make_++;
      lock.unlock();
      Batch batch;
      std::exception_ptr error;
      try {
        batch = loader_.batch_at(epoch_, position);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      Place& place = place_of(position);
      place.batch = std::move(batch);
      place.error = std::exchange(error, nullptr);
      place.full = true;
      made_.notify_one();
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    freed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  const DataLoader loader_;  // a copy: the user's may move while a loop runs
  const std::int64_t epoch_, end_;
  std::mutex mutex_;
  std::condition_variable made_, freed_;
  std::int64_t next_to_make_, next_to_give_;
  bool stopping_ = false;
  std::vector<Place> ring_;
  std::vector<std::thread> threads_;
};

DataLoader::Iterator DataLoader::begin() { return Iterator(*this); }

DataLoader::Iterator::Iterator(DataLoader& loader)
    : loader_(&loader), left_(loader.num_batches_ - loader.state_.position) {
  const int workers = static_cast<int>(std::min<std::int64_t>(loader.options_.num_workers, left_));
  if (workers > 0) workers_ = std::make_unique<Prefetcher>(loader, loader.state_, workers);
  fetch();
}
DataLoader::Iterator::Iterator(Iterator&&) noexcept = default;
DataLoader::Iterator& DataLoader::Iterator::operator=(Iterator&&) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  fetch();
  return *this;
}

void DataLoader::Iterator::fetch() {
  batch_ = {};
  if (left_ == 0) {
    done_ = true;
    workers_.reset();
    return;
  }
  LoaderState& state = loader_->state_;
  try {
    batch_ = workers_ ? workers_->take() : loader_->batch_at(state.epoch, state.position);
  } catch (...) {
    left_ = 0;  // the loop is over: what comes after the batch is not waited for, and begin() tries it again
    done_ = true;
    workers_.reset();
    throw;
  }
  --left_;
  if (++state.position == loader_->num_batches_) state = {state.epoch + 1, 0};
}

}  // namespace percept
