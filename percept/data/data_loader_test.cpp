// data_loader_test.cpp - the order of epochs, the same batches for any number of workers, errors and early ends.
#include "percept/data/data_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>

#include "percept/base/error.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

using Rows = std::vector<std::vector<std::int64_t>>;

// Sample i is the number i, its label 10 * i.
TensorDataset numbers(std::int64_t count) {
  std::vector<std::int64_t> x(static_cast<std::size_t>(count));
  std::iota(x.begin(), x.end(), 0);
  std::vector<std::int64_t> y = x;
  for (auto& value : y) value *= 10;
  return TensorDataset(from_vector(x, {count}), from_vector(y, {count}));
}

Rows rest_of_epoch(DataLoader& loader) {
  Rows rows;
  for (const auto& [x, y, first_sample, weight] : loader) {
    EXPECT_FALSE(weight.defined());
    rows.push_back(x.to_vector<std::int64_t>());
    auto labels = y.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(labels[i], 10 * rows.back()[i]);
    EXPECT_EQ(first_sample, static_cast<std::int64_t>(rows.size() - 1) * loader.options().batch_size);
  }
  return rows;
}

std::vector<std::int64_t> flat(const Rows& rows) {
  std::vector<std::int64_t> all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}

TEST(DataLoader, InOrderWithASmallerLastBatch) {
  DataLoader loader(numbers(7), {.batch_size = 3});
  EXPECT_EQ(loader.num_batches(), 3);
  EXPECT_EQ(rest_of_epoch(loader), (Rows{{0, 1, 2}, {3, 4, 5}, {6}}));
  EXPECT_EQ(loader.state(), (LoaderState{1, 0}));
  DataLoader whole(numbers(7), {.batch_size = 3, .drop_last = true});
  EXPECT_EQ(rest_of_epoch(whole), (Rows{{0, 1, 2}, {3, 4, 5}}));
}

TEST(DataLoader, ShuffledOrderIsAPermutationOfSeedAndEpoch) {
  std::set<std::vector<std::int64_t>> orders;
  for (const std::uint64_t seed : {0, 1, 2}) {
    DataLoader loader(numbers(100), {.batch_size = 8, .shuffle = true, .seed = seed});
    DataLoader again(numbers(100), {.batch_size = 8, .shuffle = true, .seed = seed, .epoch = 1});
    for (int epoch = 0; epoch < 3; ++epoch) {
      auto order = flat(rest_of_epoch(loader));
      if (epoch == 1) {
        EXPECT_EQ(order, flat(rest_of_epoch(again)));
      }
      orders.insert(order);
      std::sort(order.begin(), order.end());
      for (std::int64_t i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    }
  }
  EXPECT_EQ(orders.size(), 9u);  // all differ
}

TEST(DataLoader, OrderDoesNotDependOnTheBatchSize) {
  DataLoader small(numbers(50), {.batch_size = 4, .shuffle = true, .seed = 3});
  DataLoader large(numbers(50), {.batch_size = 50, .shuffle = true, .seed = 3});
  EXPECT_EQ(flat(rest_of_epoch(small)), flat(rest_of_epoch(large)));
}

TEST(DataLoader, SameBatchesForAnyNumberOfWorkers) {
  std::vector<Rows> epochs[2];
  for (const int workers : {0, 1, 4, 13}) {
    DataLoader loader(numbers(203), {.batch_size = 5, .shuffle = true, .seed = 9, .num_workers = workers});
    for (auto& epoch : epochs) epoch.push_back(rest_of_epoch(loader));
  }
  for (const auto& epoch : epochs)
    for (const auto& rows : epoch) EXPECT_EQ(rows, epoch[0]);
  EXPECT_NE(epochs[0][0], epochs[1][0]);
}

TEST(DataLoader, ContinuesFromItsStateInMidEpoch) {
  for (const int workers : {0, 2}) {
    const DataLoaderOptions options{.batch_size = 3, .shuffle = true, .seed = 4, .num_workers = workers};
    DataLoader whole(numbers(20), options);
    Rows expected = rest_of_epoch(whole), second = rest_of_epoch(whole);
    DataLoader left(numbers(20), options);
    int seen = 0;
    for (const auto& batch : left) {
      EXPECT_EQ(batch.x.to_vector<std::int64_t>(), expected[static_cast<std::size_t>(seen)]);
      if (++seen == 2) break;
    }
    EXPECT_EQ(left.state(), (LoaderState{0, 2}));
    DataLoader resumed(numbers(20), options);
    resumed.set_state(left.state());
    std::size_t at = 2;
    for (const auto& batch : resumed) EXPECT_EQ(batch.x.to_vector<std::int64_t>(), expected[at++]);
    EXPECT_EQ(at, expected.size());
    EXPECT_EQ(rest_of_epoch(resumed), second);
  }
}

TEST(DataLoader, LeavingAtTheLastBatchEndsTheEpoch) {
  DataLoader loader(numbers(6), {.batch_size = 3});
  int seen = 0;
  for ([[maybe_unused]] const auto& batch : loader)
    if (++seen == 2) break;
  EXPECT_EQ(loader.state(), (LoaderState{1, 0}));
  EXPECT_EQ(rest_of_epoch(loader).size(), 2u);
}

// Refuses one sample.
struct Faulty {
  TensorDataset inner = numbers(40);
  std::int64_t bad = 17;
  std::int64_t size() const { return inner.size(); }
  Shape sample_shape() const { return inner.sample_shape(); }
  Batch get(const std::vector<std::int64_t>& indices) const {
    for (const auto index : indices)
      if (index == bad) throw IoError("sample 17 cannot be read", "mend it");
    return inner.get(indices);
  }
};

TEST(DataLoader, AWorkersExceptionArrivesAtItsBatch) {
  for (const int workers : {0, 1, 4}) {
    DataLoader loader(Faulty{}, {.batch_size = 4, .num_workers = workers});
    int delivered = 0;
    EXPECT_THROW(
        {
          for ([[maybe_unused]] const auto& batch : loader) ++delivered;
        },
        IoError);
    EXPECT_EQ(delivered, 4) << workers;  // samples 0..15
    EXPECT_EQ(loader.state(), (LoaderState{0, 4}));
  }
}

// Whoever goes on behind an exception finds the loop at its end, however many workers there are; the next loop begins
// with the batch that failed.
TEST(DataLoader, AfterAnExceptionTheLoopIsOver) {
  for (const int workers : {0, 2}) {
    DataLoader loader(Faulty{}, {.batch_size = 4, .num_workers = workers});
    int failed = 0, steps = 0;
    auto it = loader.begin();
    while (it != loader.end() && ++steps < 20) {
      try {
        ++it;
      } catch (const IoError&) {
        ++failed;
      }
    }
    EXPECT_EQ(failed, 1) << workers;
    EXPECT_EQ(loader.state(), (LoaderState{0, 4}));
    EXPECT_THROW(loader.begin(), IoError);
  }
}

// What a transform is told names each sample and the epoch, whoever fetches the batch.
TEST(DataLoader, TransformSeesTheSamePlacesForAnyWorkers) {
  const auto marked = [](int workers) {
    DataLoader loader(numbers(10),
                      {.batch_size = 3,
                       .shuffle = true,
                       .seed = 7,
                       .epoch = 2,
                       .num_workers = workers,
                       .transform = [](Batch batch, const BatchPlace& at) {
                         std::vector<std::int64_t> rows;
                         for (const std::int64_t sample : at.samples)
                           rows.push_back(100000 * static_cast<std::int64_t>(at.seed) + 1000 * at.epoch + sample);
                         EXPECT_EQ(batch.x.to_vector<std::int64_t>(),
                                   std::vector<std::int64_t>(at.samples.begin(), at.samples.end()));
                         batch.y = from_vector(rows, {batch.x.size(0)});
                         return batch;
                       }});
    Rows rows;
    for (const Batch& batch : loader) rows.push_back(batch.y.to_vector<std::int64_t>());
    return rows;
  };
  const Rows alone = marked(0);
  EXPECT_EQ(flat(alone).size(), 10u);
  EXPECT_EQ(alone[0][0] / 1000, 702);
  for (const int workers : {1, 4}) EXPECT_EQ(marked(workers), alone) << workers;
}

TEST(DataLoader, EarlyEndsJoinTheWorkers) {
  for (int round = 0; round < 20; ++round) {
    DataLoader loader(numbers(1000), {.batch_size = 2, .num_workers = 4});
    auto it = loader.begin();
    if (round % 2) ++it;
  }
}

TEST(DataLoader, EmptyDataGivesNoBatches) {
  DataLoader loader(numbers(0), {.num_workers = 2});
  EXPECT_EQ(loader.num_batches(), 0);
  EXPECT_TRUE(rest_of_epoch(loader).empty());
}

TEST(DataLoader, RefusesBadOptions) {
  EXPECT_THROW(DataLoader(numbers(4), {.batch_size = 0}), ValueError);
  EXPECT_THROW(DataLoader(numbers(4), {.num_workers = -1}), ValueError);
  EXPECT_THROW(DataLoader(numbers(4), {.epoch = -1}), ValueError);
  DataLoader loader(numbers(4), {.batch_size = 2});
  EXPECT_THROW(loader.set_state({0, 3}), ValueError);
  EXPECT_THROW(loader.batch_at(0, 2), ValueError);
}

}  // namespace
}  // namespace percept
