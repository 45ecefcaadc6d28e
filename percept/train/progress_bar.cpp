// progress_bar.cpp - after keras/src/utils/progbar.py (Keras 3): the same texts, byte for byte on a terminal.
#include "percept/train/progress_bar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iostream>
#include <iterator>

#include "percept/base/text.h"

namespace percept {
namespace {

constexpr int kBarWidth = 20;
constexpr double kRedrawSeconds = 0.05;

std::string repeat(const char* text, std::int64_t count) {
  std::string all;
  for (std::int64_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string two_digits(std::int64_t value) { return (value < 10 ? "0" : "") + number(value); }

// 42s, 2:03 or 1:02:03; whole seconds, cut.
std::string time_left(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 1e9));
  if (seconds > 3600) return number(whole / 3600) + ":" + two_digits(whole % 3600 / 60) + ":" + two_digits(whole % 60);
  if (seconds > 60) return number(whole / 60) + ":" + two_digits(whole % 60);
  return number(whole) + "s";
}

std::string step_time(double seconds) {
  if (seconds >= 1 || seconds == 0) return fixed(seconds, 0) + "s/step";
  if (seconds >= 1e-3) return fixed(seconds * 1e3, 0) + "ms/step";
  return fixed(seconds * 1e6, 0) + "us/step";
}

// 1.0000e-04: two digits of exponent at least.
std::string scientific(double value) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 4).ptr;
  return {text.data(), end};
}

std::string values(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs)
    text += " - " + name + ": " + (std::abs(value) > 1e-3 ? fixed(value, 4) : scientific(value));
  return text;
}

std::string count_text(const ProgressText& text) {
  const std::string total = number(text.total);
  return pad_left(number(text.done), static_cast<int>(total.size())) + "/" + total;
}

// Columns that the text takes: escape sequences (ESC [ ... m) take none.
int visible_width(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      plain += text[i];
  }
  return display_width(plain);
}

}  // namespace

namespace {

std::string bar_of(const ProgressText& text, bool finished, int bar_width, const Logs& logs) {
  const std::int64_t full = text.total > 0 ? bar_width * text.done / text.total : bar_width;
  std::string bar = "\x1b[1m" + count_text(text) + "\x1b[0m ";
  if (full > 0) bar += "\x1b[32m" + repeat("\u2501", full) + "\x1b[0m";
  bar += "\x1b[37m" + repeat("\u2501", bar_width - full) + "\x1b[0m";
  const std::string time =
      finished ? fixed(text.elapsed, 0) + "s" : time_left(text.per_step * static_cast<double>(text.total - text.done));
  return bar + " \x1b[1m" + time + "\x1b[0m " + step_time(text.per_step) + values(logs);
}

}  // namespace

std::string bar_text(const ProgressText& text, bool finished, int columns) {
  Logs logs = *text.logs;
  std::string bar = bar_of(text, finished, kBarWidth, logs);
  const auto fits = [&] { return columns <= 0 || visible_width(bar) < columns; };
  if (!fits() && logs.erase("learning_rate") > 0) bar = bar_of(text, finished, kBarWidth, logs);
  if (!fits()) bar = bar_of(text, finished, kBarWidth / 2, logs);
  while (!finished && !fits() && !logs.empty()) {  // the last one may wrap: nothing is drawn over it
    logs.erase(std::prev(logs.end()));
    bar = bar_of(text, finished, kBarWidth / 2, logs);
  }
  return bar;
}

std::string epoch_line(const ProgressText& text) {
  return count_text(text) + " - " + fixed(text.elapsed, 0) + "s - " + step_time(text.per_step) + values(*text.logs);
}

bool is_terminal(const std::ostream& out) {
  if (&out == &std::cout) return isatty(STDOUT_FILENO) == 1;
  if (&out == &std::cerr || &out == &std::clog) return isatty(STDERR_FILENO) == 1;
  return false;
}

double ProgressBar::now() const {
  if (clock) return clock();
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int ProgressBar::width() const {
  if (columns) return columns();
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

ProgressText ProgressBar::text(const Progress& at, double now) const {
  ProgressText text{.done = at.step_in_epoch, .total = at.steps_per_epoch, .elapsed = now - start_, .logs = &at.logs};
  const auto steps = static_cast<double>(at.step_in_epoch);
  if (steps > 1)
    text.per_step = (now - after_first_) / (steps - 1);
  else if (steps > 0)
    text.per_step = now - start_;
  return text;
}

// Over the bar that stands there; spaces where that one was longer.
void ProgressBar::draw(const std::string& bar) {
  const int width = visible_width(bar);
  *out_ << '\r' << bar << std::string(static_cast<std::size_t>(std::max(0, width_ - width)), ' ');
  width_ = width;
  drawn_ = true;
}

void ProgressBar::on_epoch_begin(Progress& at) {
  start_ = now();
  last_draw_ = start_ - kRedrawSeconds;  // the first step is shown at once
  width_ = 0;
  if (at.epochs > 1) *out_ << "Epoch " << number(at.epoch + 1) << '/' << number(at.epochs) << '\n' << std::flush;
}

void ProgressBar::on_step(Progress& at) {
  const double time = now();
  if (at.step_in_epoch == 1) after_first_ = time;
  if (!terminal_ || time - last_draw_ < kRedrawSeconds) return;
  draw(bar_text(text(at, time), false, width()));
  *out_ << std::flush;
  last_draw_ = time;
}

void ProgressBar::on_epoch_end(Progress& at) {
  const ProgressText last = text(at, now());
  if (terminal_)
    draw(bar_text(last, true, width()));
  else
    *out_ << epoch_line(last);
  *out_ << '\n' << std::flush;
  drawn_ = false;
}

// The message about what went wrong begins on a line of its own.
void ProgressBar::on_failure(Progress&) {
  if (drawn_) *out_ << '\n' << std::flush;
  drawn_ = false;
}

}  // namespace percept
