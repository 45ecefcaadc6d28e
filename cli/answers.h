// answers.h - what models say to samples: for people, as JSON, and as a table in a file.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "draw.h"
#include "percept/recipes/ensemble.h"
#include "percept/recipes/read_input.h"

namespace percept::cli {

struct Answer {
  std::vector<double> numbers;  // the outputs, where there are no classes
  std::vector<Ranked> top;      // else the most probable ones
};

// To all samples of one input, which ModelInput describes.
struct Answers {
  std::string key, target;
  std::vector<std::string> names, keys;
  std::vector<Answer> list;
};
Answers answers_to(const Ensemble& models, const ModelInput& input, std::int64_t top, int num_workers);

// One line each, in columns; tables have a header and are told by their keys, unless `by_name`.
void print(std::ostream& out, const ModelInfo& info, const Answers& answers, bool by_name);
// The most probable classes of one sample, a line each.
void print_top(std::ostream& out, const ModelInfo& info, const Answer& answer);

// {"input", "value"} or {"input", "class", "probability", "top"} for each.
void append_json(Value& list, const ModelInfo& info, const Answers& answers);

// A table of answers as a .csv file: what tells the samples apart (ModelInput::key; of several inputs that are no
// pictures their names), what is told under the name of the target, and for classes the probability.
class AnswerFile {
 public:
  // UsageError for another ending and for a file that is one of `read`, IoError where there is no such folder.
  AnswerFile(std::string path, const std::vector<std::string>& read, bool with_probability);
  void add(Answers answers) { all_.push_back(std::move(answers)); }
  // Replaces the file at once or not at all; how many rows there are. IoError.
  std::int64_t save(const ModelInfo& info) const;

 private:
  std::string path_;
  bool with_probability_;
  std::vector<Answers> all_;
};

}  // namespace percept::cli
