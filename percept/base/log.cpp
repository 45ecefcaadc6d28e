// log.cpp - one sink, called by one thread at a time.
#include "percept/base/log.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace percept {

namespace {

struct Log {
  std::mutex mutex;  // held while the sink runs
  std::shared_ptr<std::function<void(LogLevel, std::string_view)>> sink;
  std::shared_ptr<LogListener::Hear> listener;  // of LogLevel::info
  std::atomic<bool> has_sink{false}, has_listener{false};
  std::atomic<LogLevel> level{LogLevel::info};
};

// Never destroyed: destructors of statics may log.
Log& the_log() {
  static Log* log = new Log;
  return *log;
}

thread_local bool inside_sink = false;

bool heard_by_sink(const Log& log, LogLevel level) {
  return level >= log.level.load(std::memory_order_relaxed) && log.has_sink.load(std::memory_order_relaxed);
}

// Puts another listener in place and gives the one before.
std::shared_ptr<LogListener::Hear> exchange_listener(std::shared_ptr<LogListener::Hear> listener) {
  Log& log = the_log();
  std::unique_lock lock(log.mutex, std::defer_lock);
  if (!inside_sink) lock.lock();
  log.has_listener.store(listener != nullptr);
  std::swap(log.listener, listener);
  return listener;
}

}  // namespace

void set_log_sink(std::function<void(LogLevel, std::string_view)> sink) {
  Log& log = the_log();
  std::unique_lock lock(log.mutex, std::defer_lock);
  if (!inside_sink) lock.lock();  // a sink that replaces itself holds the lock already
  log.has_sink.store(static_cast<bool>(sink));
  log.sink = std::make_shared<std::function<void(LogLevel, std::string_view)>>(std::move(sink));
}

void set_log_level(LogLevel level) { the_log().level.store(level); }

bool log_enabled(LogLevel level) {
  const Log& log = the_log();
  return heard_by_sink(log, level) || (level == LogLevel::info && log.has_listener.load(std::memory_order_relaxed));
}

LogListener::LogListener(Hear hear) : before_(exchange_listener(std::make_shared<Hear>(std::move(hear)))) {}
LogListener::~LogListener() { exchange_listener(std::move(before_)); }

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level) || inside_sink) return;
  Log& log = the_log();
  std::lock_guard lock(log.mutex);
  const auto sink = log.sink;  // keeps it alive if it replaces itself
  const auto listener = log.listener;
  struct Inside {
    Inside() { inside_sink = true; }
    ~Inside() { inside_sink = false; }
  } inside;
  if (listener && level == LogLevel::info) (*listener)(message);
  if (sink && *sink && heard_by_sink(log, level)) (*sink)(level, message);
}

}  // namespace percept
