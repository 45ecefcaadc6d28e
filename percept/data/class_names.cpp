// class_names.cpp - the rules of class_names.h.
#include "percept/data/class_names.h"

#include <cctype>

#include "percept/base/text.h"

namespace percept {

std::vector<std::string> numbered_classes(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(number(i));
  return names;
}

bool are_numbered(const std::vector<std::string>& class_names) {
  return class_names == numbered_classes(static_cast<std::int64_t>(class_names.size()));
}

std::string folder_name(const std::string& class_name) {
  std::string text = class_name;
  for (char& c : text)
    if (c == '/' || c == '\\' || std::iscntrl(static_cast<unsigned char>(c))) c = '_';
  return text.empty() || text[0] == '.' ? "_" + text : text;
}

}  // namespace percept
