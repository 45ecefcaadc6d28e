// file_names.cpp - by the file system's paths.
#include "percept/base/file_names.h"

#include <filesystem>

namespace percept {

namespace fs = std::filesystem;

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string ending_of(const Path& path) {
  const fs::path name = path.string();
  const std::string last = ascii_lower(name.extension().string());
  return last == ".gz" ? ascii_lower(name.stem().extension().string()) : last;
}

Path plain_or_gz(const Path& path) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"})
    if (const fs::path file = path.string() + ending; fs::is_regular_file(file, ignored)) return file;
  return fs::path();
}

}  // namespace percept
