// _table_test.h - tables of text, for the tests of this folder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/text.h"
#include "percept/data/table.h"

namespace percept {

using Words = std::vector<std::string>;

// Lines of fields between commas, as a reader of records gives them.
class Lines {
 public:
  explicit Lines(std::string text, std::string name = "t.csv") : text_(std::move(text)), name_(std::move(name)) {
    if (text_.ends_with('\n')) text_.pop_back();
    lines_ = split(text_, '\n');
  }
  bool next() {
    if (at_ == lines_.size()) return false;
    fields_ = split(lines_[at_++], ',');
    return true;
  }
  const std::vector<std::string_view>& fields() const { return fields_; }
  std::int64_t line() const { return static_cast<std::int64_t>(at_); }
  const std::string& name() const { return name_; }

 private:
  std::string text_, name_;
  std::vector<std::string_view> lines_, fields_;
  std::size_t at_ = 0;
};

inline DataTable table_of(const std::string& text, TableHeader header = TableHeader::guess) {
  Lines lines(text);
  return read_table(lines, header);
}

}  // namespace percept
