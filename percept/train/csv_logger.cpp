// csv_logger.cpp - one line per epoch, flushed, so that a run that is killed leaves what it has reached.
#include "percept/train/csv_logger.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"

namespace percept {

CsvLogger::CsvLogger(Options options) : options_(std::move(options)), name_(options_.filename) {
  if (options_.separator.size() != 1)
    throw ValueError("CsvLogger: separator = \"" + options_.separator + "\"", "use one character, as \",\" or \"\\t\"");
  if (name_.empty()) throw ValueError("CsvLogger: the name of the file is empty", "give it one, as \"log.csv\"");
}

void CsvLogger::write(const std::string& line) {
  std::ostream& out = given_ != nullptr ? *given_ : *file_;
  out << line << '\n' << std::flush;
  if (!out) throw IoError(name_ + ": cannot be written", "check that the folder exists, is writable and not full");
}

void CsvLogger::on_train_begin(Progress&) {
  columns_.clear();
  heads_ = true;
  if (given_ != nullptr) return;
  if (const auto folder = std::filesystem::path(name_).parent_path(); !folder.empty()) make_directories(folder);
  if (options_.append) heads_ = std::ifstream(name_, std::ios::binary).peek() == std::ifstream::traits_type::eof();
  file_ =
      std::make_shared<std::ofstream>(name_, std::ios::binary | (options_.append ? std::ios::app : std::ios::trunc));
  if (!*file_) throw IoError(name_ + ": cannot be opened for writing", "check that the folder exists and is writable");
}

void CsvLogger::choose_columns(const Progress& at) {
  for (const auto& [name, value] : at.logs) columns_.push_back(name);
  const bool validated =
      std::any_of(columns_.begin(), columns_.end(), [](const std::string& name) { return name.starts_with("val_"); });
  if (at.validates && !validated)
    for (const auto& [name, value] : at.logs)
      if (name != "learning_rate") columns_.push_back("val_" + name);
}

void CsvLogger::on_epoch_end(Progress& at) {
  const std::string& separator = options_.separator;
  if (columns_.empty()) {
    choose_columns(at);
    if (heads_) write(columns_.empty() ? "epoch" : "epoch" + separator + join(columns_, separator));
  }
  std::string line = number(at.epoch);
  for (const std::string& name : columns_) {
    const auto found = at.logs.find(name);
    line += separator + (found == at.logs.end() ? "NA" : number(found->second));
  }
  write(line);
}

}  // namespace percept
