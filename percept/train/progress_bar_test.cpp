// progress_bar_test.cpp - Keras's texts, on a terminal and elsewhere; the lines of metrics.csv.
#include "percept/train/progress_bar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "percept/base/error.h"
#include "percept/nn/layers/flatten.h"
#include "percept/train/csv_logger.h"

namespace percept {
namespace {

const std::string kBoldOn = "\x1b[1m", kGreen = "\x1b[32m", kWhite = "\x1b[37m", kOff = "\x1b[0m";

std::string line_of(int pieces) {
  std::string text;
  for (int i = 0; i < pieces; ++i) text += "\u2501";
  return text;
}

TEST(ProgressBar, TextInTheMiddleOfAnEpoch) {
  const Logs logs{{"loss", 0.301}, {"accuracy", 0.91234}};
  const ProgressText text{.done = 12, .total = 469, .elapsed = 1, .per_step = 0.0074, .logs = &logs};
  EXPECT_EQ(bar_text(text, false), kBoldOn + " 12/469" + kOff + " " + kWhite + line_of(20) + kOff + " " + kBoldOn +
                                       "3s" + kOff + " 7ms/step - accuracy: 0.9123 - loss: 0.3010");
}

TEST(ProgressBar, TextAtTheEnd) {
  const Logs logs{{"loss", 0.0005}};
  const ProgressText text{.done = 40, .total = 40, .elapsed = 3.4, .per_step = 0.00002, .logs = &logs};
  EXPECT_EQ(bar_text(text, true), kBoldOn + "40/40" + kOff + " " + kGreen + line_of(20) + kOff + kWhite + kOff + " " +
                                      kBoldOn + "3s" + kOff + " 20us/step - loss: 5.0000e-04");
  EXPECT_EQ(epoch_line(text), "40/40 - 3s - 20us/step - loss: 5.0000e-04");
}

TEST(ProgressBar, TimeLeftInItsThreeForms) {
  const Logs logs;
  const auto left = [&](double per_step) {
    return bar_text({.done = 1, .total = 101, .elapsed = 1, .per_step = per_step, .logs = &logs}, false);
  };
  EXPECT_NE(left(0.5).find(kBoldOn + "50s" + kOff + " 500ms/step"), std::string::npos);
  EXPECT_NE(left(1.23).find(kBoldOn + "2:03" + kOff + " 1s/step"), std::string::npos);
  EXPECT_NE(left(37.235).find(kBoldOn + "1:02:03" + kOff), std::string::npos);
}

// Runs the hooks of an epoch of 4 steps, 0.04 s each.
std::string run_epoch(bool terminal, int epochs, bool fails = false) {
  std::ostringstream out;
  ProgressBar bar(out, terminal);
  double time = 100;
  bar.clock = [&] { return time; };
  const Flatten model;
  Progress at{.model = model, .epochs = epochs};
  at.steps_per_epoch = 4;
  bar.on_epoch_begin(at);
  for (at.step_in_epoch = 1; at.step_in_epoch <= 4; ++at.step_in_epoch) {
    time += 0.04;
    at.logs["loss"] = 1.0 / static_cast<double>(at.step_in_epoch);
    bar.on_step(at);
    if (fails) {
      bar.on_failure(at);
      return out.str();
    }
  }
  at.step_in_epoch = 4;
  at.logs["val_loss"] = 0.5;
  time += 0.8;
  bar.on_epoch_end(at);
  return out.str();
}

TEST(ProgressBar, OnlyALinePerEpochWhereThereIsNoTerminal) {
  EXPECT_EQ(run_epoch(false, 1), "4/4 - 1s - 307ms/step - loss: 0.2500 - val_loss: 0.5000\n");
  EXPECT_EQ(run_epoch(false, 5), "Epoch 1/5\n4/4 - 1s - 307ms/step - loss: 0.2500 - val_loss: 0.5000\n");
}

TEST(ProgressBar, RedrawsOnATerminalButNotTooOften) {
  const auto bar = [](const std::string& count, int green, const std::string& rest) {
    return "\r" + kBoldOn + count + kOff + " " + (green ? kGreen + line_of(green) + kOff : "") + kWhite +
           line_of(20 - green) + kOff + " " + kBoldOn + rest;
  };
  EXPECT_EQ(run_epoch(true, 2), "Epoch 1/2\n" + bar("1/4", 5, "0s" + kOff + " 40ms/step - loss: 1.0000") +
                                    bar("3/4", 15, "0s" + kOff + " 40ms/step - loss: 0.3333") +
                                    bar("4/4", 20, "1s" + kOff + " 307ms/step - loss: 0.2500 - val_loss: 0.5000") +
                                    "\n");
}

TEST(ProgressBar, AFailureEndsTheLine) {
  EXPECT_EQ(run_epoch(true, 1, true).back(), '\n');
  EXPECT_EQ(run_epoch(false, 1, true), "");
}

TEST(CsvLogger, WritesALinePerEpoch) {
  std::ostringstream out;
  CsvLogger logger(out);
  const Flatten model;
  Progress at{.model = model};
  logger.on_train_begin(at);
  at.logs = {{"loss", 0.1}, {"accuracy", 0.75}};
  logger.on_epoch_end(at);
  ++at.epoch;
  at.logs = {{"loss", 1e-5}, {"val_loss", 3}};
  logger.on_epoch_end(at);
  EXPECT_EQ(out.str(), "epoch,accuracy,loss\n0,0.75,0.1\n1,NA,1e-05\n");
}

TEST(CsvLogger, NamesAFileItCannotWrite) {
  CsvLogger logger("/proc/nonexistent/metrics.csv");
  const Flatten model;
  Progress at{.model = model};
  try {
    logger.on_train_begin(at);
    FAIL();
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("/proc/nonexistent"), std::string::npos);
  }
}

TEST(ProgressBar, WhatDoesNotFitIsLeftOut) {
  const Logs logs{{"accuracy", 0.5}, {"learning_rate", 0.01}, {"loss", 0.25}, {"val_loss", 0.75}};
  const ProgressText text{.done = 5, .total = 10, .elapsed = 1, .per_step = 0.002, .logs = &logs};
  const auto width = [](const std::string& bar) {
    int columns = 0;
    for (std::size_t i = 0; i < bar.size(); ++i) {
      if (bar[i] == '\x1b')
        i = bar.find('m', i);
      else if ((bar[i] & 0xc0) != 0x80)
        ++columns;  // not the later bytes of a character
    }
    return columns;
  };
  const std::string whole = bar_text(text, false);
  EXPECT_NE(whole.find("learning_rate: 0.0100"), std::string::npos);
  EXPECT_EQ(bar_text(text, false, 200), whole);
  const std::string narrow = bar_text(text, false, 90);
  EXPECT_EQ(narrow.find("learning_rate"), std::string::npos) << narrow;
  EXPECT_NE(narrow.find("val_loss: 0.7500"), std::string::npos) << narrow;
  for (const int columns : {90, 70, 50, 40}) EXPECT_LT(width(bar_text(text, false, columns)), columns) << columns;
  EXPECT_EQ(bar_text(text, false, 45).find("loss"), std::string::npos);
  EXPECT_NE(bar_text(text, true, 45).find("val_loss"), std::string::npos);  // what an epoch has come to is said whole
}

}  // namespace
}  // namespace percept
