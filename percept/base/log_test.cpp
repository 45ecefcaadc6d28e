// log_test.cpp - levels, no sink, threads, and sinks that log, throw or replace themselves.
#include "percept/base/log.h"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace percept {
namespace {

class Log : public ::testing::Test {
 protected:
  void TearDown() override {
    set_log_sink({});
    set_log_level(LogLevel::info);
  }
};

TEST_F(Log, NothingHappensWithoutASink) {
  EXPECT_FALSE(log_enabled(LogLevel::error));
  log(LogLevel::error, "nobody listens");
}

TEST_F(Log, DropsWhatIsBelowTheLevel) {
  std::vector<std::string> seen;
  set_log_sink([&](LogLevel, std::string_view text) { seen.emplace_back(text); });
  log(LogLevel::debug, "a");
  log(LogLevel::info, "b");
  set_log_level(LogLevel::error);
  EXPECT_FALSE(log_enabled(LogLevel::warning));
  log(LogLevel::warning, "c");
  log(LogLevel::error, "d");
  set_log_level(LogLevel::debug);
  log(LogLevel::debug, "e");
  EXPECT_EQ(seen, (std::vector<std::string>{"b", "d", "e"}));
  set_log_sink(nullptr);
  log(LogLevel::error, "f");
  EXPECT_EQ(seen.size(), 3u);
}

TEST_F(Log, AListenerHearsInformationWhateverTheSinkShows) {
  std::vector<std::string> seen, heard, inner;
  {
    const LogListener listener([&](std::string_view text) { heard.emplace_back(text); });
    EXPECT_TRUE(log_enabled(LogLevel::info));
    EXPECT_FALSE(log_enabled(LogLevel::warning));  // there is no sink
    log(LogLevel::info, "a");
    set_log_sink([&](LogLevel, std::string_view text) { seen.emplace_back(text); });
    set_log_level(LogLevel::warning);
    log(LogLevel::info, "b");
    log(LogLevel::warning, "c");
    log(LogLevel::debug, "d");
    {
      const LogListener second([&](std::string_view text) { inner.emplace_back(text); });
      log(LogLevel::info, "e");
    }
    log(LogLevel::info, "f");
  }
  EXPECT_FALSE(log_enabled(LogLevel::info));
  log(LogLevel::info, "g");
  EXPECT_EQ(heard, (std::vector<std::string>{"a", "b", "f"}));
  EXPECT_EQ(inner, std::vector<std::string>{"e"});
  EXPECT_EQ(seen, std::vector<std::string>{"c"});
}

TEST_F(Log, OneMessageAtATimeFromManyThreads) {
  int count = 0;  // plain: the log must serialise
  set_log_sink([&](LogLevel, std::string_view) { ++count; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < 500; ++n) log(LogLevel::warning, "x");
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 2000);
}

TEST_F(Log, SinkMayLogThrowAndReplaceItself) {
  int calls = 0, later = 0;
  set_log_sink([&](LogLevel level, std::string_view text) {
    ++calls;
    log(level, "again");
    if (text == "throw") throw std::runtime_error("sink");
    if (text == "replace") set_log_sink([&](LogLevel, std::string_view) { ++later; });
  });
  log(LogLevel::info, "plain");
  EXPECT_EQ(calls, 1);
  EXPECT_THROW(log(LogLevel::info, "throw"), std::runtime_error);
  log(LogLevel::info, "replace");
  log(LogLevel::info, "to the new one");
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(later, 1);
}

}  // namespace
}  // namespace percept
