// sampling.h - how pixels between and beyond the pixels of a picture are read.
#pragma once
#include <array>
#include <cstdint>

#include "percept/base/enum_names.h"

namespace percept {

// What lies beyond the edge of a row a b c d.
enum class FillMode {
  constant,   // k k | a b c d | k k    the fill value
  reflect,    // c b | a b c d | c b    about the last pixel's centre: NumPy's and PyTorch's "reflect", Keras's "mirror"
  symmetric,  // b a | a b c d | d c    about the edge: NumPy's "symmetric", Keras's "reflect"
  replicate,  // a a | a b c d | d d    NumPy's "edge", Keras's "nearest"
  wrap        // c d | a b c d | a b
};
constexpr auto enum_names(FillMode) {
  return std::to_array<EnumName<FillMode>>({{FillMode::constant, "constant"},
                                            {FillMode::reflect, "reflect"},
                                            {FillMode::symmetric, "symmetric"},
                                            {FillMode::replicate, "replicate"},
                                            {FillMode::wrap, "wrap"}});
}

enum class Interpolation { nearest, bilinear };
constexpr auto enum_names(Interpolation) {
  return std::to_array<EnumName<Interpolation>>(
      {{Interpolation::nearest, "nearest"}, {Interpolation::bilinear, "bilinear"}});
}

struct Fill {
  FillMode mode = FillMode::constant;
  double value = 0;
  friend bool operator==(const Fill&, const Fill&) = default;
};

// The pixel that stands for number i of `count`; -1: the fill value.
inline std::int64_t pixel_for(std::int64_t i, std::int64_t count, FillMode mode) {
  if (i >= 0 && i < count) return i;
  const auto modulo = [](std::int64_t a, std::int64_t period) { return ((a % period) + period) % period; };
  switch (mode) {
    case FillMode::constant:
      return -1;
    case FillMode::replicate:
      return i < 0 ? 0 : count - 1;
    case FillMode::wrap:
      return modulo(i, count);
    case FillMode::symmetric: {
      const std::int64_t k = modulo(i, 2 * count);
      return k < count ? k : 2 * count - 1 - k;
    }
    case FillMode::reflect: {
      if (count == 1) return 0;
      const std::int64_t k = modulo(i, 2 * count - 2);
      return k < count ? k : 2 * count - 2 - k;
    }
  }
  return -1;
}

}  // namespace percept
