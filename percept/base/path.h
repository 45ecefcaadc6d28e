// path.h - a file's path as public functions take it: text or a std::filesystem::path, and either again.
// <filesystem> alone takes a compiler longer than the rest of a small program, so public headers do without it.
#pragma once
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace percept {

class Path {
 public:
  Path() = default;
  Path(const char* text) : text_(text) {}             // NOLINT: implicit on purpose, as the next ones
  Path(std::string text) : text_(std::move(text)) {}  // NOLINT
  Path(std::string_view text) : text_(text) {}        // NOLINT
  template <class P>
    requires(!std::same_as<P, Path> &&
             requires(const P& path) {
               { path.native() } -> std::same_as<const std::string&>;
             })
  Path(const P& path) : text_(path.native()) {}  // NOLINT: std::filesystem::path

  const std::string& string() const { return text_; }
  const std::string& native() const { return text_; }
  bool empty() const { return text_.empty(); }

  template <class P>
    requires(std::same_as<typename P::string_type, std::string> && requires(const P& path) { path.parent_path(); })
  operator P() const {  // NOLINT: std::filesystem::path
    return P(text_);
  }
  // A template, so that no other type's == is as near.
  template <class P>
    requires std::convertible_to<const P&, Path>
  friend bool operator==(const Path& a, const P& b) {
    return a.text_ == Path(b).text_;
  }

 private:
  std::string text_;
};

}  // namespace percept
