// table_header.h - whether the first record of a table names its columns, told by the records alone.
#pragma once
#include <span>
#include <string_view>

namespace percept {

// Whether most fields are numbers, as those of samples are.
bool mostly_numbers(std::span<const std::string_view> fields);

// Whether the numbers among the fields, three at least, are 0, 1, 2, ... or 1, 2, 3, ...: what pandas calls columns
// that were given no names. They count the fields or themselves ("0,1,2,target", "target,0,1,2", "target,1,2,3").
bool counts_columns(std::span<const std::string_view> fields);

// Whether a record goes on as such a one before it began, which is then a sample, too: its numbers rise by one each
// ("0,1,2" and "3,4,5" below it), or the same word stands in the same place.
bool goes_on(std::span<const std::string_view> fields, std::span<const std::string_view> before);

}  // namespace percept
