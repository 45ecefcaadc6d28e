// answer_file.cpp - answers as rows of CSV.
#include <algorithm>
#include <filesystem>

#include "answers.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/csv.h"

namespace percept::cli {
namespace {

namespace fs = std::filesystem;

bool is_same_file(const fs::path& a, const fs::path& b) {
  std::error_code neither;  // where one is missing
  return fs::equivalent(a, b, neither);
}

// What the outputs without a name of their own are called.
std::vector<std::string> told_names(const ModelInfo& info, const Answers& first, bool alone) {
  if (alone && !first.target.empty()) return {first.target};
  if (!info.class_names.empty()) return {"class"};
  const std::size_t outputs = first.list.empty() ? 1 : first.list[0].numbers.size();
  if (outputs == 1) return {"value"};
  std::vector<std::string> names;
  for (std::size_t k = 0; k < outputs; ++k) names.push_back("value_" + number(k));
  return names;
}

// A column's name that none of the others has.
std::string free_name(std::string name, const std::vector<std::string>& taken) {
  while (std::find(taken.begin(), taken.end(), name) != taken.end()) name += "_";
  return name;
}

}  // namespace

AnswerFile::AnswerFile(std::string path, const std::vector<std::string>& read, bool with_probability)
    : path_(std::move(path)), with_probability_(with_probability) {
  if (!path_.ends_with(".csv"))
    throw UsageError("file is " + quote(path_), "answers are written as CSV: file=predictions.csv");
  for (const std::string& word : read)
    if (is_same_file(path_, word))
      throw UsageError("file is " + quote(path_) + ", which is read as " + quote(word), "name another file");
  const fs::path folder = fs::path(path_).parent_path();
  std::error_code why;
  if (!folder.empty() && !fs::is_directory(folder, why))
    throw IoError("file " + quote(path_) + ": there is no folder " + quote(folder.string()), "make it first");
}

std::int64_t AnswerFile::save(const ModelInfo& info) const {
  const bool alone = all_.size() == 1;
  const bool same_keys =
      alone || std::all_of(all_.begin(), all_.end(), [](const Answers& a) { return a.key == "file"; });
  std::vector<std::string> header = told_names(info, all_[0], alone);
  const bool classes = !info.class_names.empty();
  header.insert(header.begin(), free_name(same_keys ? all_[0].key : "input", header));
  if (classes && with_probability_) header.push_back(free_name("probability", header));
  std::int64_t rows = 0;
  try {
    CsvWriter table;
    table.write(header);
    for (const Answers& answers : all_)
      for (std::size_t i = 0; i < answers.list.size(); ++i, ++rows) {
        const Answer& answer = answers.list[i];
        std::vector<std::string> row{same_keys ? answers.keys[i] : answers.names[i]};
        for (const double value : answer.numbers) row.push_back(number(static_cast<float>(value)));
        if (classes) row.push_back(class_name(info, answer.top[0].label));
        if (classes && with_probability_) row.push_back(number(static_cast<float>(answer.top[0].probability)));
        table.write(row);
      }
    table.save(path_);
  } catch (const ValueError& error) {  // names of files and classes may be any bytes
    throw IoError(path_ + ": " + error.problem(), "rename what is called so");
  }
  return rows;
}

}  // namespace percept::cli
