// _light.cpp - brightness, contrast, saturation, grey and channels: what is done to pixels.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "percept/data/augment/steps/_grey.h"
#include "percept/data/augment/steps/colour.h"

namespace percept {
namespace {

// Values of the channels that show light: alpha comes last.
template <class T>
std::span<T> light_of(const Picture& picture) {
  return picture.values<T>().first(static_cast<std::size_t>(light_channels(picture) * picture.pixels()));
}

std::int64_t grey_sum(const std::uint8_t* r, const std::uint8_t* g, const std::uint8_t* b, std::int64_t count) {
  std::int64_t sum = 0;
  for (std::int64_t begin = 0; begin < count; begin += 65536) {  // so that 32 bits hold a partial sum
    std::uint32_t part = 0;
    const std::int64_t end = std::min(count, begin + 65536);
    for (std::int64_t i = begin; i < end; ++i) part += grey_of(r[i], g[i], b[i]);
    sum += part;
  }
  return sum;
}

// Of the grey picture; of u8 rounded, so that it is a whole number.
float mean_grey(const Picture& picture) {
  const std::int64_t count = picture.pixels();
  if (picture.dtype == DType::u8) {
    std::int64_t sum = 0, values = count;
    if (has_colour(picture)) {
      sum = grey_sum(picture.plane<std::uint8_t>(0).data(), picture.plane<std::uint8_t>(1).data(),
                     picture.plane<std::uint8_t>(2).data(), count);
    } else {
      values = count * picture.channels;
      for (const std::uint8_t v : picture.values<std::uint8_t>()) sum += v;
    }
    return static_cast<float>((2 * sum + values) / (2 * values));
  }
  double sum = 0;  // in the order of the pixels
  if (has_colour(picture)) {
    const auto r = picture.plane<float>(0), g = picture.plane<float>(1), b = picture.plane<float>(2);
    for (std::size_t i = 0; i < r.size(); ++i) sum += static_cast<double>(grey_of(r[i], g[i], b[i]));
    return static_cast<float>(sum / static_cast<double>(count));
  }
  for (const float v : picture.values<float>()) sum += static_cast<double>(v);
  return static_cast<float>(sum / static_cast<double>(count * picture.channels));
}

// grey + factor (v - grey), in 16-bit fixed point: exact enough to round right but at ties.
void saturate(std::uint8_t* r, std::uint8_t* g, std::uint8_t* b, std::int64_t count, float factor) {
  const auto f = static_cast<std::int32_t>(std::min(factor, 100.0f) * 65536.0f + 0.5f);
  const auto one = [f](std::int32_t v, std::int32_t grey) {
    const std::int32_t moved = grey + ((f * (v - grey) + 0x8000) >> 16);
    return static_cast<std::uint8_t>(std::clamp(moved, 0, 255));
  };
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t grey = grey_of(r[i], g[i], b[i]);
    r[i] = one(r[i], grey);
    g[i] = one(g[i], grey);
    b[i] = one(b[i], grey);
  }
}

}  // namespace

void adjust_brightness(const Picture& picture, double factor) {
  const auto f = static_cast<float>(factor);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    map_values(light_of<T>(picture), low, high, [=](float v) { return low + f * (v - low); });
  });
}

void adjust_contrast(const Picture& picture, double factor) {
  const auto f = static_cast<float>(factor);
  const float mean = mean_grey(picture);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    map_values(light_of<T>(picture), low, high, [=](float v) { return mean + f * (v - mean); });
  });
}

void adjust_saturation(const Picture& picture, double factor) {
  if (!has_colour(picture)) return;
  const auto f = static_cast<float>(factor);
  if (picture.dtype == DType::u8)
    return saturate(picture.plane<std::uint8_t>(0).data(), picture.plane<std::uint8_t>(1).data(),
                    picture.plane<std::uint8_t>(2).data(), picture.pixels(), f);
  const auto r = picture.plane<float>(0), g = picture.plane<float>(1), b = picture.plane<float>(2);
  const auto low = static_cast<float>(picture.range.low), high = static_cast<float>(picture.range.high);
  for (std::size_t i = 0; i < r.size(); ++i) {
    const float grey = grey_of(r[i], g[i], b[i]);
    r[i] = stored<float>(grey + f * (r[i] - grey), low, high);
    g[i] = stored<float>(grey + f * (g[i] - grey), low, high);
    b[i] = stored<float>(grey + f * (b[i] - grey), low, high);
  }
}

void shift_channel(const Picture& picture, std::int64_t channel, double amount) {
  if (channel >= light_channels(picture)) return;
  const auto a = static_cast<float>(amount);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    map_values(picture.plane<T>(channel), low, high, [=](float v) { return v + a; });
  });
}

void make_grey(const Picture& picture) {
  if (!has_colour(picture)) return;
  visit_pixels(picture, [&]<class T>(T, float, float) {
    const auto r = picture.plane<T>(0), g = picture.plane<T>(1), b = picture.plane<T>(2);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = g[i] = b[i] = grey_of(r[i], g[i], b[i]);
  });
}

void permute_channels(const Picture& picture, std::span<const int> order) {
  visit_pixels(picture, [&]<class T>(T, float, float) {
    const auto plane = static_cast<std::size_t>(picture.pixels());
    const std::span<T> values = picture.values<T>();
    const std::vector<T> before(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(order.size() * plane));
    for (std::size_t c = 0; c < order.size(); ++c)
      std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(order[c]) * plane), plane,
                  values.begin() + static_cast<std::ptrdiff_t>(c * plane));
  });
}

}  // namespace percept
