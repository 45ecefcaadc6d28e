// warp.cpp - chooses how to resample, and the general case: four neighbours per pixel, anywhere.
#include "percept/data/augment/warp.h"

#include <algorithm>
#include <type_traits>

#include "percept/base/error.h"

namespace percept {
namespace {

constexpr double kFar = 262144;  // beyond any picture's side; places farther out are brought here
constexpr int kBits = 11;        // of a weight of u8 pixels: two weights and a pixel fit 30 bits
constexpr std::int32_t kOne = 1 << kBits;

// Where one row of the new picture reads: the upper left of four neighbours and how far beyond it.
struct RowPlaces {
  explicit RowPlaces(std::size_t width)
      : u(width),
        v(width),
        x(width),
        y(width),
        offset(width),
        right(width),
        below(width),
        share_x(width),
        share_y(width) {}
  std::vector<double> u, v;
  std::vector<std::int32_t> x, y, offset;
  std::vector<std::int32_t> right, below;  // weights of the right and lower neighbours, in 1 / kOne
  std::vector<float> share_x, share_y;     // the same for f32
};

// u, v: continuous places in the source of the pixels of row `row`. Each is a formula of its own, never a running sum.
void find_places(const Homography& h, const Displacement& displacement, std::int64_t row, RowPlaces& to) {
  const auto& m = h.m;
  const std::int64_t width = static_cast<std::int64_t>(to.u.size());
  double *const u = to.u.data(), *const v = to.v.data();
  const double y = static_cast<double>(row) + 0.5;
  if (displacement.empty() && h.is_affine()) {
    const double u0 = m[1] * y + m[2], v0 = m[4] * y + m[5];
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(width); ++i) {
      const double x = i + 0.5;
      u[i] = m[0] * x + u0;
      v[i] = m[3] * x + v0;
    }
    return;
  }
  const float* const dx = displacement.empty() ? nullptr : displacement.x.data() + row * width;
  const float* const dy = displacement.empty() ? nullptr : displacement.y.data() + row * width;
  for (std::int64_t i = 0; i < width; ++i) {
    const double px = static_cast<double>(i) + 0.5 + (dx ? dx[i] : 0.0f), py = y + (dy ? dy[i] : 0.0f);
    const double w = m[6] * px + m[7] * py + m[8];
    const double inv = w > 1e-9 ? 1 / w : 1e9;  // behind the horizon: far outside
    u[i] = (m[0] * px + m[1] * py + m[2]) * inv;
    v[i] = (m[3] * px + m[4] * py + m[5]) * inv;
  }
}

inline double near_enough(double place) {
  place = place > -kFar ? place : -kFar;  // takes NaN too
  return place < kFar - 4 ? place : kFar - 4;
}

// The pixel whose area holds each place.
void find_nearest(RowPlaces& to) {
  for (std::size_t i = 0; i < to.u.size(); ++i) {
    to.x[i] = static_cast<std::int32_t>(near_enough(to.u[i]) + kFar) - static_cast<std::int32_t>(kFar);
    to.y[i] = static_cast<std::int32_t>(near_enough(to.v[i]) + kFar) - static_cast<std::int32_t>(kFar);
  }
}

// Neighbours and weights by the centres of pixels.
template <class T>
void find_neighbours(RowPlaces& to) {
  const std::size_t width = to.u.size();
  const double *const u = to.u.data(), *const v = to.v.data();
  std::int32_t *const x = to.x.data(), *const y = to.y.data();
  if constexpr (sizeof(T) == 1) {
    std::int32_t *const right = to.right.data(), *const below = to.below.data();
    for (std::size_t i = 0; i < width; ++i) {
      const auto qx = static_cast<std::int32_t>((near_enough(u[i]) + (kFar - 0.5)) * kOne + 0.5);
      const auto qy = static_cast<std::int32_t>((near_enough(v[i]) + (kFar - 0.5)) * kOne + 0.5);
      x[i] = (qx >> kBits) - static_cast<std::int32_t>(kFar);
      y[i] = (qy >> kBits) - static_cast<std::int32_t>(kFar);
      right[i] = qx & (kOne - 1);
      below[i] = qy & (kOne - 1);
    }
  } else {
    for (std::size_t i = 0; i < width; ++i) {
      const double px = near_enough(u[i]) + (kFar - 0.5), py = near_enough(v[i]) + (kFar - 0.5);
      const auto ix = static_cast<std::int32_t>(px), iy = static_cast<std::int32_t>(py);
      x[i] = ix - static_cast<std::int32_t>(kFar);
      y[i] = iy - static_cast<std::int32_t>(kFar);
      to.share_x[i] = static_cast<float>(px - ix);
      to.share_y[i] = static_cast<float>(py - iy);
    }
  }
}

// One channel of the source.
template <class T>
struct Plane {
  const T* data;
  std::int64_t height, width, row_stride, pixel_stride;
  FillMode mode;
  T fill;

  T at(std::int64_t x, std::int64_t y) const {
    x = pixel_for(x, width, mode);
    y = pixel_for(y, height, mode);
    return x < 0 || y < 0 ? fill : data[y * row_stride + x * pixel_stride];
  }
};

template <class T>
inline T blend(T a, T b, T c, T d, const RowPlaces& row, std::size_t i) {
  if constexpr (sizeof(T) == 1) {
    const std::int32_t wx = row.right[i], wy = row.below[i];
    const std::int32_t top = a * (kOne - wx) + b * wx, bottom = c * (kOne - wx) + d * wx;
    return static_cast<T>((top * (kOne - wy) + bottom * wy + (1 << (2 * kBits - 1))) >> (2 * kBits));
  } else {
    const float wx = row.share_x[i], wy = row.share_y[i];
    const float top = a + (b - a) * wx, bottom = c + (d - c) * wx;
    return top + (bottom - top) * wy;
  }
}

struct Stretch {
  std::size_t begin = 0, end = 0;
};

// The pixels begin..end-1 have all four neighbours inside. Along a straight line they are one stretch.
Stretch inner_stretch(const RowPlaces& row, std::int64_t height, std::int64_t width, bool straight) {
  const auto last_x = static_cast<std::uint32_t>(std::max<std::int64_t>(width - 1, 0));
  const auto last_y = static_cast<std::uint32_t>(std::max<std::int64_t>(height - 1, 0));
  const auto inside = [&](std::size_t i) {
    return static_cast<std::uint32_t>(row.x[i]) < last_x && static_cast<std::uint32_t>(row.y[i]) < last_y;
  };
  Stretch found{0, row.x.size()};
  while (found.begin < found.end && !inside(found.begin)) ++found.begin;
  if (straight) {
    while (found.end > found.begin && !inside(found.end - 1)) --found.end;
  } else {
    std::size_t i = found.begin;
    while (i < found.end && inside(i)) ++i;
    found.end = i;
  }
  return found;
}

template <class T>
void bilinear_row(const Plane<T>& plane, const RowPlaces& row, Stretch inner, T* out) {
  const auto edge = [&](std::size_t i) {
    const std::int64_t x = row.x[i], y = row.y[i];
    out[i] = blend<T>(plane.at(x, y), plane.at(x + 1, y), plane.at(x, y + 1), plane.at(x + 1, y + 1), row, i);
  };
  for (std::size_t i = 0; i < inner.begin; ++i) edge(i);
  const std::int32_t* const offset = row.offset.data();
  const std::int64_t right = plane.pixel_stride, below = plane.row_stride;
  for (std::size_t i = inner.begin; i < inner.end; ++i) {
    const T* const p = plane.data + offset[i];
    out[i] = blend<T>(p[0], p[right], p[below], p[below + right], row, i);
  }
  for (std::size_t i = inner.end; i < row.x.size(); ++i) edge(i);
}

template <class T>
void nearest_row(const Plane<T>& plane, const RowPlaces& row, T* out) {
  for (std::size_t i = 0; i < row.x.size(); ++i) out[i] = plane.at(row.x[i], row.y[i]);
}

template <class T>
T fill_pixel(const Picture& out, const Sampling& sampling) {
  const auto value = static_cast<float>(sampling.fill ? sampling.fill->value : 0);
  if constexpr (sizeof(T) == 1)
    return stored<T>(value, 0, 255);
  else if constexpr (std::is_same_v<T, float>)
    return value;
  else
    return static_cast<void>(out), T{};
}

template <class T>
void warp_anywhere(const PixelSource& from, const Homography& to_source, const Displacement& displacement,
                   const Sampling& sampling, const Picture& out) {
  constexpr bool kBlends = sizeof(T) == 1 || std::is_same_v<T, float>;
  const bool bilinear = kBlends && sampling.interpolation == Interpolation::bilinear;
  const bool straight = displacement.empty() && to_source.is_affine();
  const FillMode mode = sampling.fill ? sampling.fill->mode : FillMode::replicate;
  RowPlaces row(static_cast<std::size_t>(out.width));
  for (std::int64_t y = 0; y < out.height; ++y) {
    find_places(to_source, displacement, y, row);
    Stretch inner;
    if (bilinear) {
      find_neighbours<T>(row);
      inner = inner_stretch(row, from.height, from.width, straight);
      for (std::size_t i = inner.begin; i < inner.end; ++i)
        row.offset[i] = row.y[i] * static_cast<std::int32_t>(from.row_stride) +
                        row.x[i] * static_cast<std::int32_t>(from.pixel_stride);
    } else {
      find_nearest(row);
    }
    for (std::int64_t c = 0; c < from.channels; ++c) {
      const Plane<T> plane{static_cast<const T*>(from.data) + c * from.channel_stride,
                           from.height,
                           from.width,
                           from.row_stride,
                           from.pixel_stride,
                           mode,
                           fill_pixel<T>(out, sampling)};
      T* const to = static_cast<T*>(out.data) + (c * out.height + y) * out.width;
      if constexpr (kBlends)
        if (bilinear) {
          bilinear_row(plane, row, inner, to);
          continue;
        }
      nearest_row(plane, row, to);
    }
  }
}

}  // namespace

void warp(const PixelSource& from, const Homography& to_source, const Displacement& displacement,
          const Sampling& sampling, const Picture& out) {
  if (from.height < 1 || from.width < 1 || out.height < 1 || out.width < 1) return;
  const bool blends = from.dtype == DType::u8 || from.dtype == DType::f32;
  Sampling used = sampling;
  if (!blends) used.interpolation = Interpolation::nearest;
  if (displacement.empty() && to_source.keeps_axes()) {
    if (used.interpolation == Interpolation::nearest || to_source.moves_whole_pixels())
      return warp_detail::warp_nearest_axes(from, to_source, used, out);
    return warp_detail::warp_by_axes(from, to_source, used, out);
  }
  if (from.dtype == DType::u8) return warp_anywhere<std::uint8_t>(from, to_source, displacement, used, out);
  if (from.dtype == DType::f32) return warp_anywhere<float>(from, to_source, displacement, used, out);
  switch (size_of(from.dtype)) {
    case 1:
      used.interpolation = Interpolation::nearest;
      return warp_anywhere<std::uint8_t>(from, to_source, displacement, used, out);
    case 2:
      return warp_anywhere<std::uint16_t>(from, to_source, displacement, used, out);
    case 4:
      return warp_anywhere<std::uint32_t>(from, to_source, displacement, used, out);
    default:
      return warp_anywhere<std::uint64_t>(from, to_source, displacement, used, out);
  }
}

}  // namespace percept
