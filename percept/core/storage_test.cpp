// storage_test.cpp - memory that is given up: it goes, it comes back once, and not while somebody holds it.
#include "percept/core/storage.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <vector>

#include "percept/base/process_memory.h"

namespace percept {
namespace {

constexpr std::size_t kBytes = 8u << 20;

Ref<Storage> filled(int value) {
  auto storage = make_ref<Storage>(Device::cpu(), kBytes);
  std::memset(storage->data(), value, kBytes);
  return storage;
}
auto refill(int value) {
  return [value](void* data) { std::memset(data, value, kBytes); };
}
bool holds(const Storage& storage, int value) {
  const auto* const bytes = static_cast<const char*>(storage.data());
  return bytes[0] == value && bytes[kBytes / 2] == value && bytes[kBytes - 1] == value;
}

TEST(Storage, GivesItsPagesBackAndGetsThemAgain) {
  const Ref<Storage> storage = filled(5);
  const double before = rss_mib();
  const auto contents = storage->contents();
  ASSERT_TRUE(storage->give_up(refill(5), 1));
  EXPECT_TRUE(storage->given_up());
  EXPECT_LT(rss_mib(), before - 7);
  EXPECT_FALSE(storage->give_up(refill(6), 1));  // twice is once
  EXPECT_TRUE(holds(*storage, 5));
  EXPECT_FALSE(storage->given_up());
  EXPECT_EQ(storage->contents(), contents);
  ASSERT_TRUE(storage->give_up(refill(5), 1));  // never brought back: freed as it is
}

TEST(Storage, StaysWhereSomebodyHoldsIt) {
  const Ref<Storage> storage = filled(5), other = storage;
  EXPECT_FALSE(storage->give_up(refill(6), 1));
  EXPECT_TRUE(holds(*storage, 5));
  EXPECT_TRUE(storage->give_up(refill(5), 2));
  std::vector<char> mine(64, 3);
  const auto borrowed = make_ref<Storage>(Device::cpu(), mine.data(), mine.size(), std::function<void()>());
  EXPECT_FALSE(borrowed->give_up(refill(6), 1));
  EXPECT_EQ(mine[0], 3);
}

TEST(Storage, ComesBackOnceForManyReaders) {
  const Ref<Storage> storage = filled(5);
  std::atomic<int> refills{0}, wrong{0};
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(storage->give_up(
        [&](void* data) {
          ++refills;
          std::memset(data, 5, kBytes);
        },
        1));
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) readers.emplace_back([&wrong, mine = storage] { wrong += !holds(*mine, 5); });
    for (std::thread& reader : readers) reader.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(refills, 20);
}

// Readers that come and go while it is given up again and again never see it empty.
TEST(Storage, NobodyWithAHandleReadsZeros) {
  const Ref<Storage> storage = filled(5);
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!over) {
        const Ref<Storage> mine = storage;
        wrong += !holds(*mine, 5);
      }
    });
  for (int i = 0; i < 200; ++i) storage->give_up(refill(5), 1);
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Storage, AFailedReturnCanBeTriedAgain) {
  const Ref<Storage> storage = filled(5);
  int tries = 0;
  ASSERT_TRUE(storage->give_up(
      [&](void* data) {
        if (++tries == 1) throw std::runtime_error("not now");
        std::memset(data, 5, kBytes);
      },
      1));
  EXPECT_THROW(storage->data(), std::runtime_error);
  EXPECT_TRUE(holds(*storage, 5));
}

}  // namespace
}  // namespace percept
