// table_identifier.h - columns that tell a table's rows apart, and tell nothing of them.
#pragma once
#include <cstdint>
#include <string_view>

#include "percept/data/table.h"

namespace percept {

// "id", "ID", "PassengerId", "ImageID", "user_id", "row id"; not "valid", "paid".
bool sounds_like_identifier(std::string_view name);

// Whether no cell is missing, long, or there twice.
bool tells_rows_apart(const DataTable& table, std::int64_t column);

// Why a column of numbers is an identifier: by its name, or as pandas writes the index of a table, in a first column
// without a name, "index" or "Unnamed: 0"; "" where it is none.
std::string why_identifier(const DataTable& table, std::int64_t column);

}  // namespace percept
