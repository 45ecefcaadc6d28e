// csv_logger.h - the logs of each epoch as lines of a table (metrics.csv), as Keras's CSVLogger.
#pragma once
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/train/callback.h"

namespace percept {

// The first epoch's names are the columns: epoch,accuracy,loss,... and, where validation comes in later epochs only,
// the same with val_. Values as the shortest text that reads back the same; "NA" for a column that an epoch lacks.
// Missing folders are made. IoError when the file cannot be written.
class CsvLogger {
 public:
  struct Options {
    std::string filename = "log.csv";
    std::string separator = ",";
    bool append = false;  // behind what is in the file; the line of names only if nothing is
  };
  static constexpr std::string_view kType = "CSVLogger";
  explicit CsvLogger(std::ostream& out) : given_(&out), name_("the stream") {}  // must outlive it
  explicit CsvLogger(const Path& path) : CsvLogger(Options{.filename = path.string()}) {}
  // ValueError for a separator that is not one character, or a name that is empty.
  explicit CsvLogger(Options options);

  void on_train_begin(Progress& at);  // starts the file anew, unless `append`
  void on_epoch_end(Progress& at);

 private:
  void write(const std::string& line);
  void choose_columns(const Progress& at);
  Options options_;
  std::ostream* given_ = nullptr;  // the user's stream, or
  std::string name_;
  std::shared_ptr<std::ostream> file_;
  bool heads_ = true;  // the line of names is to be written
  std::vector<std::string> columns_;
};

}  // namespace percept
