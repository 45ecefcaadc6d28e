// thread_pool_test.cpp - every piece once, the first error, nesting, several callers, fork and exit.
#include "percept/base/thread_pool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "percept/base/cpu_count.h"
#include "percept/base/error.h"
#include "percept/base/flush_denormals.h"

namespace percept {
namespace {

class ThreadPool : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(available_cpus()); }
};

TEST_P(ThreadPool, RunsEveryPieceOnce) {
  for (std::int64_t pieces : {0, 1, 2, 3, 7, 64, 1000}) {
    std::vector<int> runs(static_cast<std::size_t>(pieces));  // plain: the pool must order our reads after the writes
    parallel_for(pieces, [&](std::int64_t piece) { ++runs[static_cast<std::size_t>(piece)]; });
    EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](int n) { return n == 1; })) << pieces;
  }
}

// One piece or many, whoever runs them: a denormal number counts as zero, and the caller's own arithmetic stays as it
// was.
TEST_P(ThreadPool, PiecesFlushDenormals) {
  const volatile float small = 1e-30f, factor = 1e-10f;
  for (const std::int64_t pieces : {1, 64}) {
    std::vector<float> products(static_cast<std::size_t>(pieces), -1.0f);
    parallel_for(pieces, [&](std::int64_t piece) { products[static_cast<std::size_t>(piece)] = small * factor; });
    EXPECT_EQ(products,
              std::vector<float>(static_cast<std::size_t>(pieces), FlushDenormals::kWorks ? 0.0f : small * factor));
  }
  EXPECT_GT(small * factor, 0.0f);
}

TEST_P(ThreadPool, ManyJobsBackToBackAndAfterSleep) {
  std::int64_t sums[16] = {};
  for (int job = 0; job < 2000; ++job) {
    parallel_for(16, [&](std::int64_t piece) { sums[piece] += piece; });
    if (job % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (std::int64_t piece = 0; piece < 16; ++piece) EXPECT_EQ(sums[piece], 2000 * piece);
}

TEST_P(ThreadPool, RethrowsTheErrorOfTheLowestPieceAfterAllRan) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> ran{0};
    try {
      parallel_for(40, [&](std::int64_t piece) {
        ++ran;
        if (piece % 7 == 3) throw std::runtime_error("piece " + std::to_string(piece));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "piece 3");
    }
    EXPECT_EQ(ran, 40);
  }
  int after = 0;
  parallel_for(1, [&](std::int64_t) { ++after; });
  EXPECT_EQ(after, 1);
  EXPECT_NO_THROW(parallel_for(8, [](std::int64_t) {}));  // the error is forgotten
}

TEST_P(ThreadPool, NestedCallsRunInlineAndThrow) {
  std::vector<int> counts(8 * 5);
  parallel_for(8, [&](std::int64_t outer) {
    auto self = std::this_thread::get_id();
    parallel_for(5, [&](std::int64_t inner) {
      EXPECT_TRUE(GetParam() == 1 || std::this_thread::get_id() == self);
      ++counts[static_cast<std::size_t>(outer * 5 + inner)];
    });
  });
  EXPECT_EQ(counts, std::vector<int>(40, 1));
  EXPECT_THROW(parallel_for(4,
                            [](std::int64_t) {
                              parallel_for(3, [](std::int64_t p) {
                                if (p == 2) throw 1;
                              });
                            }),
               int);
}

TEST_P(ThreadPool, SeveralCallersAtOnce) {
  std::vector<std::thread> callers;
  std::vector<std::int64_t> sums(4);
  for (std::size_t caller = 0; caller < sums.size(); ++caller)
    callers.emplace_back([&, caller] {
      for (int job = 0; job < 300; ++job) {
        std::int64_t parts[9] = {};
        parallel_for(9, [&](std::int64_t piece) { parts[piece] = piece; });
        for (std::int64_t part : parts) sums[caller] += part;
      }
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sums, std::vector<std::int64_t>(4, 300 * 36));
}

TEST_P(ThreadPool, OtherThreadsTakePart) {
  if (GetParam() == 1) return;  // nobody else is there
  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> inside{0};
  parallel_for(2, [&](std::int64_t) {  // each waits for the other: only two threads can finish this
    ++inside;
    while (inside < 2) std::this_thread::yield();
    std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPool, ::testing::Values(1, 2, 3, 4, 9), ::testing::PrintToStringParamName());

TEST(ThreadPoolSettings, RefusesSillyNumbers) {
  int before = num_threads();
  EXPECT_GE(before, 1);
  for (int n : {0, -1, 1025}) {
    try {
      set_num_threads(n);
      FAIL() << n;
    } catch (const ValueError& error) {
      EXPECT_NE(error.problem().find(std::to_string(n)), std::string::npos);
    }
  }
  EXPECT_EQ(num_threads(), before);
  EXPECT_THROW(parallel_for(-1, [](std::int64_t) {}), ValueError);
}

TEST(ThreadPoolSettings, CannotChangeInsideAPiece) {
  set_num_threads(2);
  EXPECT_THROW(parallel_for(4, [](std::int64_t) { set_num_threads(3); }), UsageError);
  EXPECT_THROW(parallel_for(4, [](std::int64_t) { set_thread_start_hook(nullptr); }), UsageError);
  EXPECT_EQ(num_threads(), 2);
}

std::atomic<int> hook_runs{0};
thread_local int hooked = 0;

TEST(ThreadPoolSettings, HookReachesRunningWorkers) {
  set_num_threads(3);
  parallel_for(50, [](std::int64_t) {});  // the workers run
  auto caller = std::this_thread::get_id();
  set_thread_start_hook([] { hooked = 1, ++hook_runs; });
  std::atomic<int> missing{0};
  parallel_for(3, [&](std::int64_t) {
    while (hook_runs < 2) std::this_thread::yield();
    if (std::this_thread::get_id() != caller && hooked == 0) ++missing;
  });
  EXPECT_EQ(hook_runs, 2);
  EXPECT_EQ(missing, 0);
  set_num_threads(4);
  parallel_for(4, [](std::int64_t) {
    while (hook_runs < 5) std::this_thread::yield();
  });
  EXPECT_EQ(hook_runs, 5);
  set_thread_start_hook(nullptr);
  parallel_for(50, [](std::int64_t) {});
  EXPECT_EQ(hook_runs, 5);
}

TEST(ThreadPoolSettings, SettingsMayChangeWhileOthersCompute) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) {
      int parts[6] = {};
      parallel_for(6, [&](std::int64_t piece) { parts[piece] = 1; });
      EXPECT_EQ(std::count(parts, parts + 6, 1), 6);
    }
  });
  for (int i = 0; i < 60; ++i) set_num_threads(1 + i % 4);
  stop = true;
  other.join();
}

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;  // it cannot follow threads made in the child of a threaded process
#else
constexpr bool kThreadSanitizer = false;
#endif

TEST(ThreadPoolSettings, WorksInAForkedChildAndAtItsExit) {
  if (kThreadSanitizer) GTEST_SKIP() << "fork of a threaded process under TSan";
  set_num_threads(3);
  parallel_for(100, [](std::int64_t) {});
  for (int wait_ms : {0, 3}) {  // workers that spin, workers that sleep
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      std::atomic<int> ran{0};
      parallel_for(200, [&](std::int64_t) { ++ran; });
      std::exit(ran == 200 && num_threads() == 3 ? 42 : 1);  // the destructors of statics run too
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(WEXITSTATUS(status), 42);
  }
}

TEST(ThreadPoolSettings, ExitInsideAPieceEndsTheProcess) {
  if (kThreadSanitizer) GTEST_SKIP() << "fork of a threaded process under TSan";
  for (int leaver : {0, 1}) {  // with two threads each takes one of the two pieces
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      set_num_threads(2);
      std::atomic<int> inside{0};
      parallel_for(2, [&](std::int64_t piece) {
        for (++inside; inside < 2;) std::this_thread::yield();
        if (piece == leaver) std::exit(42);
        for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
      });
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) << status;
  }
}

}  // namespace
}  // namespace percept
