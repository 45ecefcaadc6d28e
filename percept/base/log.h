// log.h - the library's messages go to one sink that the program chooses; none is set at first.
#pragma once
#include <functional>
#include <memory>
#include <string_view>

namespace percept {

enum class LogLevel { debug, info, warning, error };

// The sink gets one message at a time, from any thread. An empty sink silences. When this returns, the old sink is
// no longer running (unless a sink calls it). What a sink throws reaches the caller of log(); log() in a sink is
// dropped.
void set_log_sink(std::function<void(LogLevel, std::string_view)> sink);
// Messages below `level` are dropped; info at first.
void set_log_level(LogLevel level);
// Whether log(level, ...) would reach a sink: ask before composing a costly message.
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view message);

// While it lives, hears what is logged as information, of this thread or any other, whatever the level: for a record of
// a run beside what the sink shows. One at a time; a second one takes the place of the first until it ends.
class LogListener {
 public:
  using Hear = std::function<void(std::string_view)>;
  explicit LogListener(Hear hear);
  ~LogListener();
  LogListener(const LogListener&) = delete;
  LogListener& operator=(const LogListener&) = delete;

 private:
  std::shared_ptr<Hear> before_;
};

}  // namespace percept
