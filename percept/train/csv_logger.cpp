// csv_logger.cpp - one line per epoch, flushed, so that a run that is killed leaves what it has reached.
#include "percept/train/csv_logger.h"

#include <fstream>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

void CsvLogger::write(const std::string& line) {
  *out_ << line << '\n' << std::flush;
  if (!*out_) throw IoError(name_ + ": cannot be written", "check that the folder exists, is writable and not full");
}

void CsvLogger::on_train_begin(Progress&) {
  columns_.clear();
  if (path_.empty()) return;
  file_ = std::make_shared<std::ofstream>(path_.string(), std::ios::binary | std::ios::trunc);
  out_ = file_.get();
  if (!*file_) throw IoError(name_ + ": cannot be opened for writing", "check that the folder exists and is writable");
}

void CsvLogger::on_epoch_end(Progress& at) {
  if (columns_.empty()) {
    for (const auto& [name, value] : at.logs) columns_.push_back(name);
    write(columns_.empty() ? "epoch" : "epoch," + join(columns_, ","));
  }
  std::string line = number(at.epoch);
  for (const std::string& name : columns_) {
    const auto found = at.logs.find(name);
    line += "," + (found == at.logs.end() ? "NA" : number(found->second));
  }
  write(line);
}

}  // namespace percept
