// class_names.h - names of classes where data bring none, and names as folders have them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace percept {

inline constexpr std::int64_t kMostClasses = 1'000'000;  // of files: the largest label decides, and may be damaged

// "0", "1", ...: of labels that are numbers and nothing else.
std::vector<std::string> numbered_classes(std::int64_t count);
// Whether these are the names above.
bool are_numbered(const std::vector<std::string>& class_names);

// A class's name as a folder's: what could be a path or hidden becomes '_' ("T-shirt/top" is "T-shirt_top").
std::string folder_name(const std::string& class_name);

}  // namespace percept
