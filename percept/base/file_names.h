// file_names.h - what names of files say: their ending, and gzipped forms beside plain ones.
#pragma once
#include <string>
#include <string_view>

#include "percept/base/path.h"

namespace percept {

// A-Z as a-z, all else as it is.
std::string ascii_lower(std::string_view text);
// The ending that says what a file is, in lower case and without ".gz": ".csv" of "Houses.CSV.gz".
std::string ending_of(const Path& path);
// The file, or where it is missing its form with ".gz" behind; empty where neither is there.
Path plain_or_gz(const Path& path);

}  // namespace percept
