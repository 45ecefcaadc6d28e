// _run_parts.h - what one training and cross-validation share: the run's folder, its log, and a training with its test.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "percept/recipes/run.h"

namespace percept {

// The run's folder, removed again, with those that were made for it, unless the run comes to its end.
class RunFolder {
 public:
  RunFolder(const std::filesystem::path& out, const std::string& name);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  // innermost first
  bool kept_ = false;
};

// Collects what is said for log.txt.
class RunLog {
 public:
  explicit RunLog(std::function<void(const std::string&)> say) : say_(std::move(say)) {}
  void operator()(const std::string& line) {
    text_ += line + "\n";
    if (say_) say_(line);
  }
  void note(std::string_view line) { (text_ += line) += "\n"; }  // what somebody else has said
  const std::string& text() const { return text_; }

 private:
  std::function<void(const std::string&)> say_;
  std::string text_;
};

// Trained and tested, before the model is written.
struct Trained {
  Recipe recipe;  // settled_by the data
  RecipeModel model;
  ModelInfo info;
  History history;
  Evaluation test;
  Tensor sample;  // a few inputs, for the model's file
};
// `folder`: where callbacks write; metrics.csv too if asked for. What callbacks say while it trains goes to the log,
// too. NotANumberError where the test loss is none.
Trained train_on(const Recipe& recipe, const DataParts& data, const RunOptions& options,
                 const std::filesystem::path& folder, bool write_metrics, RunLog& say);

// "EarlyStopping after epoch 17; weights of epoch 12 restored"; empty where training came to its end with its last
// weights.
std::string ending_of(const History& history);

// "test_accuracy", ..., "test_loss" for result.json, and in words.
Value test_values(const Logs& values);
std::string test_line(const Logs& values);

}  // namespace percept
