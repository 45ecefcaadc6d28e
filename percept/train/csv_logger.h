// csv_logger.h - the logs of each epoch as lines of a table (metrics.csv).
#pragma once
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/train/callback.h"

namespace percept {

// The first epoch's names are the columns: epoch,accuracy,loss,... Values as the shortest text that reads back the
// same; "NA" for a column that a later epoch lacks. IoError when the file cannot be written.
class CsvLogger {
 public:
  explicit CsvLogger(std::ostream& out) : out_(&out), name_("the stream") {}  // must outlive it
  explicit CsvLogger(Path path) : name_(path.string()), path_(std::move(path)) {}

  void on_train_begin(Progress& at);  // starts the file anew
  void on_epoch_end(Progress& at);

 private:
  void write(const std::string& line);
  std::ostream* out_ = nullptr;
  std::string name_;
  Path path_;
  std::shared_ptr<std::ostream> file_;
  std::vector<std::string> columns_;
};

}  // namespace percept
