// record_list.h - the generated lists of records (layers, optimizers, schedules) as one list, by name.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

namespace percept {

template <class Record>
std::vector<Record> joined_records(const std::vector<std::vector<Record> (*)()>& lists) {
  std::vector<Record> all;
  for (const auto& list : lists)
    for (Record& record : list()) all.push_back(record);
  std::sort(all.begin(), all.end(), [](const Record& a, const Record& b) { return a.type < b.type; });
  return all;
}

template <class Record>
const Record* record_named(const std::vector<Record>& records, std::string_view type) {
  for (const Record& record : records)
    if (record.type == type) return &record;
  return nullptr;
}

}  // namespace percept
