// error.cpp - composing the text of an Error.
#include "percept/base/error.h"

namespace percept {

Error::Error(ErrorKind kind, std::string problem, std::string fix)
    : kind_(kind), problem_(std::move(problem)), fix_(std::move(fix)) {
  compose();
}

void Error::add_context(std::string_view context) {
  problem_ = std::string(context) + ": " + problem_;
  compose();
}

void Error::add_note(std::string_view name, std::string_view value) {
  notes_ += "\n  " + std::string(name) + ": " + std::string(value);
  compose();
}

void Error::set_where(CallSite site) {
  if (!where_.empty() || site.file == nullptr) return;
  where_ = std::string(site.file) + ":" + std::to_string(site.line);
  compose();
}

void Error::set_path(std::string_view path) {
  if (!path_.empty()) return;
  path_ = path;
  compose();
}

void Error::compose() {
  text_ = path_.empty() ? problem_ : path_ + ": " + problem_;
  if (!fix_.empty()) text_ += "\n  fix: " + fix_;
  text_ += notes_;
  if (!where_.empty()) text_ += "\n  at: " + where_;
}

}  // namespace percept
