// padding.h - rows and columns added around sequences and images.
#pragma once
#include <cstdint>
#include <string_view>

#include "percept/base/value.h"
#include "percept/nn/module.h"

namespace percept {

// What is added at each end of a sequence: {{.padding = 2}} or {{.padding = {1, 2}}}.
struct Edges1d {
  std::int64_t left = 0, right = 0;
  constexpr Edges1d() = default;
  constexpr Edges1d(std::int64_t all) : left(all), right(all) {}
  constexpr Edges1d(std::int64_t before, std::int64_t after) : left(before), right(after) {}
  PERCEPT_FIELDS(left, right);
  friend bool operator==(const Edges1d&, const Edges1d&) = default;
};
// And at each edge of an image, in PyTorch's order: left, right, top, bottom.
struct Edges2d {
  std::int64_t left = 0, right = 0, top = 0, bottom = 0;
  constexpr Edges2d() = default;
  constexpr Edges2d(std::int64_t all) : left(all), right(all), top(all), bottom(all) {}
  constexpr Edges2d(std::int64_t l, std::int64_t r, std::int64_t t, std::int64_t b)
      : left(l), right(r), top(t), bottom(b) {}
  PERCEPT_FIELDS(left, right, top, bottom);
  friend bool operator==(const Edges2d&, const Edges2d&) = default;
};
Value to_value(const Edges1d& edges);
Value to_value(const Edges2d& edges);
void from_value(const Value& value, Edges1d& out, std::string_view context);
void from_value(const Value& value, Edges2d& out, std::string_view context);

// Zeros around each image: [B, C, H, W] -> [B, C, H + top + bottom, W + left + right].
class ZeroPad2d {
 public:
  struct Options {
    Edges2d padding = 0;
  };
  explicit ZeroPad2d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// Some other number.
class ConstantPad2d {
 public:
  struct Options {
    Edges2d padding = 0;
    double value = 0;
  };
  explicit ConstantPad2d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// Mirrored at the edge, which is not repeated: [B, C, L].
class ReflectionPad1d {
 public:
  struct Options {
    Edges1d padding = 0;
  };
  explicit ReflectionPad1d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

class ReflectionPad2d {
 public:
  struct Options {
    Edges2d padding = 0;
  };
  explicit ReflectionPad2d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The edge repeated: [B, C, L].
class ReplicationPad1d {
 public:
  struct Options {
    Edges1d padding = 0;
  };
  explicit ReplicationPad1d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

class ReplicationPad2d {
 public:
  struct Options {
    Edges2d padding = 0;
  };
  explicit ReplicationPad2d(Options options) : options_(options) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
