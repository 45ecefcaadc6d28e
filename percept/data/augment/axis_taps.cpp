// axis_taps.cpp - resampling where rows stay rows (crops, mirrors, zooms): each axis by itself, down first.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "percept/data/augment/warp.h"
#include "percept/data/resample.h"

namespace percept::warp_detail {
namespace {

// For each pixel along one axis of the new picture: `count` pixels of the source with their weights, and how much of
// the fill value it takes.
struct Taps {
  std::int64_t count = 0;
  std::vector<std::int32_t> index;  // [pixels * count]
  std::vector<float> weight;        // likewise
  std::vector<float> beyond;        // [pixels]
};

// The triangle of Pillow's and PyTorch's antialiased bilinear: as wide as a step in the source, at least one pixel.
Taps taps_of(std::int64_t pixels, std::int64_t source_pixels, double scale, double offset, const Sampling& sampling) {
  const double width = sampling.antialias ? std::max(std::abs(scale), 1.0) : 1.0;
  Taps taps;
  taps.count = static_cast<std::int64_t>(std::ceil(2 * width));
  const auto total = static_cast<std::size_t>(pixels * taps.count);
  taps.index.assign(total, 0);
  taps.weight.assign(total, 0);
  taps.beyond.assign(static_cast<std::size_t>(pixels), 0);
  std::vector<double> weights(static_cast<std::size_t>(taps.count));
  for (std::int64_t i = 0; i < pixels; ++i) {
    // 0: the centre of pixel 0; bounded, so that absurd zooms stay numbers.
    const double centre = std::clamp(scale * (static_cast<double>(i) + 0.5) + offset - 0.5, -1e9, 1e9);
    const auto first = static_cast<std::int64_t>(std::floor(centre - width)) + 1;
    double sum = 0;
    for (std::int64_t k = 0; k < taps.count; ++k) {
      const bool inside = first + k >= 0 && first + k < source_pixels;
      const double weight = std::max(0.0, 1 - std::abs(static_cast<double>(first + k) - centre) / width);
      weights[static_cast<std::size_t>(k)] = sampling.fill || inside ? weight : 0;
      sum += weights[static_cast<std::size_t>(k)];
    }
    const auto row = static_cast<std::size_t>(i * taps.count);
    if (sum == 0) {  // beyond the edge by rounding: the edge
      taps.index[row] = static_cast<std::int32_t>(first < 0 ? 0 : source_pixels - 1);
      taps.weight[row] = 1;
      continue;
    }
    for (std::int64_t k = 0; k < taps.count; ++k) {
      const auto weight = static_cast<float>(weights[static_cast<std::size_t>(k)] / sum);
      const FillMode mode = sampling.fill ? sampling.fill->mode : FillMode::replicate;
      const std::int64_t pixel = pixel_for(first + k, source_pixels, mode);
      if (pixel < 0) {
        taps.beyond[static_cast<std::size_t>(i)] += weight;
      } else {
        taps.index[row + static_cast<std::size_t>(k)] = static_cast<std::int32_t>(pixel);
        taps.weight[row + static_cast<std::size_t>(k)] = weight;
      }
    }
  }
  return taps;
}

template <class T>
void add_row(const T* from, float weight, bool first, std::int64_t count, float* __restrict to) {
  if (first)
    for (std::int64_t i = 0; i < count; ++i) to[i] = weight * static_cast<float>(from[i]);
  else
    for (std::int64_t i = 0; i < count; ++i) to[i] += weight * static_cast<float>(from[i]);
}

// One row of the new picture, before the columns: a weighted sum of rows, over the columns first..first+count-1.
template <class T>
void mix_rows(const T* from, std::int64_t row_stride, std::int64_t begin, std::int64_t count, const Taps& down,
              std::int64_t y, float fill, float* to) {
  bool first = true;
  for (std::int64_t k = 0; k < down.count; ++k) {
    const auto at = static_cast<std::size_t>(y * down.count + k);
    if (down.weight[at] == 0) continue;
    add_row(from + down.index[at] * row_stride + begin, down.weight[at], first, count, to);
    first = false;
  }
  if (first) std::fill_n(to, count, 0.0f);
  const float beyond = down.beyond[static_cast<std::size_t>(y)] * fill;
  if (beyond != 0)
    for (std::int64_t i = 0; i < count; ++i) to[i] += beyond;
}

template <class T>
inline T rounded(float value) {
  if constexpr (sizeof(T) == 1)
    return static_cast<T>(static_cast<int>((value < 0 ? 0 : value > 255 ? 255 : value) + 0.5f));
  else
    return value;
}

// N: taps per pixel when known at compile time, else 0.
template <class T, int N>
void mix_columns(const float* row, std::int64_t pixel_stride, std::int64_t first_column, const Taps& across,
                 std::int64_t width, float fill, T* out) {
  const std::int64_t count = N > 0 ? N : across.count;
  const std::int32_t* index = across.index.data();
  const float* weight = across.weight.data();
  for (std::int64_t x = 0; x < width; ++x, index += count, weight += count) {
    float sum = across.beyond[static_cast<std::size_t>(x)] * fill;
    for (std::int64_t k = 0; k < count; ++k) sum += weight[k] * row[(index[k] - first_column) * pixel_stride];
    out[x] = rounded<T>(sum);
  }
}

// The same of pictures stored by pixels, all colours of a pixel at once: four lanes, of which three may count. The row
// has a value to spare at its end.
template <class T, int Colours>
void mix_pixels(const float* row, std::int64_t first_column, const Taps& across, const Picture& out, std::int64_t y,
                float fill) {
  const std::int32_t* index = across.index.data();
  const float* weight = across.weight.data();
  T* const to = static_cast<T*>(out.data) + y * out.width;
  const std::int64_t plane = out.pixels();
  for (std::int64_t x = 0; x < out.width; ++x, index += across.count, weight += across.count) {
    const float beyond = across.beyond[static_cast<std::size_t>(x)] * fill;
    float sum[4] = {beyond, beyond, beyond, beyond};
    for (std::int64_t k = 0; k < across.count; ++k) {
      const float* const pixel = row + (index[k] - first_column) * Colours;
      for (int c = 0; c < 4; ++c) sum[c] += weight[k] * pixel[c];
    }
    for (int c = 0; c < Colours; ++c) to[c * plane + x] = rounded<T>(sum[c]);
  }
}

template <class T>
void by_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling, const Picture& out) {
  const auto& m = to_source.m;
  const Taps across = taps_of(out.width, from.width, m[0], m[2], sampling);
  const Taps down = taps_of(out.height, from.height, m[4], m[5], sampling);
  const auto fill = static_cast<float>(sampling.fill ? sampling.fill->value : 0);
  const auto [low, high] = std::minmax_element(across.index.begin(), across.index.end());
  const std::int64_t first = *low, columns = *high - *low + 1;
  const bool interleaved = from.pixel_stride != 1;
  const std::int64_t lines = interleaved ? 1 : from.channels;  // of a row of the source in memory
  const std::int64_t length = columns * from.pixel_stride;
  std::vector<float> row(static_cast<std::size_t>(length + 4));
  const auto mix = across.count == 2   ? mix_columns<T, 2>
                   : across.count == 3 ? mix_columns<T, 3>
                   : across.count == 4 ? mix_columns<T, 4>
                                       : mix_columns<T, 0>;
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t line = 0; line < lines; ++line) {
      mix_rows(static_cast<const T*>(from.data) + line * from.channel_stride, from.row_stride,
               first * from.pixel_stride, length, down, y, fill, row.data());
      if (from.pixel_stride == 3) {
        mix_pixels<T, 3>(row.data(), first, across, out, y, fill);
        continue;
      }
      for (std::int64_t c = line; c < (interleaved ? from.channels : line + 1); ++c)
        mix(row.data() + (interleaved ? c : 0), from.pixel_stride, first, across, out.width, fill,
            static_cast<T*>(out.data) + (c * out.height + y) * out.width);
    }
}

// Where nothing beyond the edge is asked for, bytes are resampled as resize_image does it.
void in_fixed_point(const PixelSource& from, const Homography& to_source, const Sampling& sampling,
                    const Picture& out) {
  const auto& m = to_source.m;
  const bool mirrored = m[0] < 0;  // columns are read from left to right and mirrored at the end
  const double left = mirrored ? m[2] + m[0] * static_cast<double>(out.width) : m[2];
  const AxisWindows columns = axis_windows(out.width, from.width, std::abs(m[0]), left, kTriangle, sampling.antialias);
  const AxisWindows rows = axis_windows(out.height, from.height, m[4], m[5], kTriangle, sampling.antialias);
  const auto* const source = static_cast<const std::uint8_t*>(from.data);
  auto* const target = static_cast<std::uint8_t*>(out.data);
  if (from.pixel_stride != 1)
    return resample({source, from.height, from.width, from.channels, from.row_stride}, columns, rows,
                    {target, out.width, out.pixels(), mirrored});
  for (std::int64_t c = 0; c < from.channels; ++c)
    resample({source + c * from.channel_stride, from.height, from.width, 1, from.row_stride}, columns, rows,
             {target + c * out.pixels(), out.width, 0, mirrored});
}

// The source's pixel for each pixel along one axis, -1 for the fill value.
std::vector<std::int64_t> nearest_of(std::int64_t pixels, std::int64_t source_pixels, double scale, double offset,
                                     const Sampling& sampling) {
  std::vector<std::int64_t> found(static_cast<std::size_t>(pixels));
  const FillMode mode = sampling.fill ? sampling.fill->mode : FillMode::replicate;
  for (std::int64_t i = 0; i < pixels; ++i) {
    const double place = std::clamp(scale * (static_cast<double>(i) + 0.5) + offset, -1e9, 1e9);
    found[static_cast<std::size_t>(i)] = pixel_for(static_cast<std::int64_t>(std::floor(place)), source_pixels, mode);
  }
  return found;
}

template <class T>
void nearest_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling, T fill,
                  const Picture& out) {
  const auto& m = to_source.m;
  const auto columns = nearest_of(out.width, from.width, m[0], m[2], sampling);
  const auto rows = nearest_of(out.height, from.height, m[4], m[5], sampling);
  std::int64_t begin = 0, end = out.width;  // what is inside is one stretch
  while (begin < end && columns[static_cast<std::size_t>(begin)] < 0) ++begin;
  while (end > begin && columns[static_cast<std::size_t>(end - 1)] < 0) --end;
  bool runs = from.pixel_stride == 1;
  for (std::int64_t x = begin + 1; x < end; ++x)
    runs = runs && columns[static_cast<std::size_t>(x)] == columns[static_cast<std::size_t>(x - 1)] + 1;
  for (std::int64_t c = 0; c < from.channels; ++c)
    for (std::int64_t y = 0; y < out.height; ++y) {
      T* const to = static_cast<T*>(out.data) + (c * out.height + y) * out.width;
      const std::int64_t row = rows[static_cast<std::size_t>(y)];
      if (row < 0 || begin == end) {
        std::fill_n(to, out.width, fill);
        continue;
      }
      const T* const line = static_cast<const T*>(from.data) + c * from.channel_stride + row * from.row_stride;
      std::fill_n(to, begin, fill);
      if (runs)
        std::memcpy(to + begin, line + columns[static_cast<std::size_t>(begin)],
                    static_cast<std::size_t>(end - begin) * sizeof(T));
      else
        for (std::int64_t x = begin; x < end; ++x)
          to[x] = line[columns[static_cast<std::size_t>(x)] * from.pixel_stride];
      std::fill_n(to + end, out.width - end, fill);
    }
}

}  // namespace

void warp_by_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling, const Picture& out) {
  if (from.dtype == DType::u8 && !sampling.fill) return in_fixed_point(from, to_source, sampling, out);
  if (from.dtype == DType::u8)
    by_axes<std::uint8_t>(from, to_source, sampling, out);
  else
    by_axes<float>(from, to_source, sampling, out);
}

void warp_nearest_axes(const PixelSource& from, const Homography& to_source, const Sampling& sampling,
                       const Picture& out) {
  const auto fill = static_cast<float>(sampling.fill ? sampling.fill->value : 0);
  if (from.dtype == DType::f32) return nearest_axes<float>(from, to_source, sampling, fill, out);
  if (from.dtype == DType::u8)
    return nearest_axes<std::uint8_t>(from, to_source, sampling, stored<std::uint8_t>(fill, 0, 255), out);
  switch (size_of(from.dtype)) {  // masks: what lies beyond is 0
    case 1:
      return nearest_axes<std::uint8_t>(from, to_source, sampling, 0, out);
    case 2:
      return nearest_axes<std::uint16_t>(from, to_source, sampling, 0, out);
    case 4:
      return nearest_axes<std::uint32_t>(from, to_source, sampling, 0, out);
    default:
      return nearest_axes<std::uint64_t>(from, to_source, sampling, 0, out);
  }
}

}  // namespace percept::warp_detail
