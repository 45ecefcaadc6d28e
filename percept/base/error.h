// error.h - the one family of exceptions: what happened, what was expected, how to fix it, and where.
#pragma once
#include <exception>
#include <string>
#include <string_view>

namespace percept {

// The line of the user's program (or of a layer) that made a call; file is null when unknown.
struct CallSite {
  const char* file = nullptr;
  int line = 0;
};

enum class ErrorKind { shape, dtype, device, value, io, usage, not_a_number, out_of_memory };

// Base of everything the library throws. `what()` is the whole text:
//   layers.0: Linear(in_features=2): matmul: inner sizes differ: a is [1, 3], b is [2, 4]
//     fix: a's last size must equal b's first; did you mean transpose(b)?
//     at: train.cpp:12
class Error : public std::exception {
 public:
  // problem: what happened, with the received values; fix: what was expected and how to mend it.
  Error(ErrorKind kind, std::string problem, std::string fix);

  const char* what() const noexcept override { return text_.c_str(); }
  ErrorKind kind() const noexcept { return kind_; }
  const std::string& problem() const noexcept { return problem_; }
  const std::string& fix() const noexcept { return fix_; }

  // Puts "context: " before the problem; modules call it on the way out, then rethrow with `throw;`.
  void add_context(std::string_view context);
  // Adds a line "  name: value" after the fix (the chain of shapes, a file's position).
  void add_note(std::string_view name, std::string_view value);
  // Records the user's line, once: the innermost caller that knows wins.
  void set_where(CallSite site);
  // Records the path of the layer ("layers.0"), once; it comes first in the text.
  void set_path(std::string_view path);

 private:
  void compose();
  ErrorKind kind_;
  std::string path_, problem_, fix_, notes_, where_, text_;
};

// One subclass per kind, so that a caller can catch what it can handle.
template <ErrorKind K>
class ErrorOf : public Error {
 public:
  ErrorOf(std::string problem, std::string fix) : Error(K, std::move(problem), std::move(fix)) {}
};
using ShapeError = ErrorOf<ErrorKind::shape>;             // shapes or axes that do not fit
using DTypeError = ErrorOf<ErrorKind::dtype>;             // a dtype an op does not take
using DeviceError = ErrorOf<ErrorKind::device>;           // a missing device or kernel
using ValueError = ErrorOf<ErrorKind::value>;             // an argument or a label out of range
using IoError = ErrorOf<ErrorKind::io>;                   // files: missing, malformed, unwritable
using UsageError = ErrorOf<ErrorKind::usage>;             // recipes and command lines: unknown key, bad value
using NotANumberError = ErrorOf<ErrorKind::not_a_number>; // a loss that is NaN or infinite
using OutOfMemoryError = ErrorOf<ErrorKind::out_of_memory>;

}  // namespace percept
