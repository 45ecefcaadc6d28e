// tone.cpp - negatives, fewer levels, stretched histograms.
#include "percept/data/augment/steps/tone.h"

#include <algorithm>
#include <array>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/_grey.h"

namespace percept {
namespace {

// Each channel that shows light: f(plane, low, high).
template <class F>
void each_plane(const Picture& picture, F&& f) {
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    for (std::int64_t c = 0; c < light_channels(picture); ++c) f(picture.plane<T>(c), low, high);
  });
}

// The level 0..255 of a value.
inline std::uint8_t level_of(std::uint8_t v, float, float) { return v; }
inline std::uint8_t level_of(float v, float low, float high) {
  return stored<std::uint8_t>((v - low) / (high - low) * 255, 0, 255);
}
inline std::uint8_t value_of(std::uint8_t level, float, float, std::uint8_t) { return level; }
inline float value_of(std::uint8_t level, float low, float high, float) {
  return low + static_cast<float>(level) / 255 * (high - low);
}

// Pillow's ImageOps.equalize: the running count in steps of (all - those of the last level) / 255.
std::array<std::uint8_t, 256> equalizing_table(const std::array<std::int64_t, 256>& histogram) {
  std::array<std::uint8_t, 256> table;
  std::int64_t all = 0, last = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    table[v] = static_cast<std::uint8_t>(v);
    all += histogram[v];
    if (histogram[v] > 0) last = histogram[v];
  }
  const std::int64_t step = (all - last) / 255;
  if (step == 0) return table;
  std::int64_t count = step / 2;
  for (std::size_t v = 0; v < 256; ++v) {
    table[v] = static_cast<std::uint8_t>(std::min<std::int64_t>(count / step, 255));
    count += histogram[v];
  }
  return table;
}

}  // namespace

void invert_tones(const Picture& picture) {
  each_plane(picture, [](auto plane, float low, float high) {
    map_values(plane, low, high, [=](float v) { return low + high - v; });
  });
}

void solarize(const Picture& picture, double threshold) {
  const auto t = static_cast<float>(threshold);
  each_plane(picture, [t](auto plane, float low, float high) {
    map_values(plane, low, high, [=](float v) { return v >= t ? low + high - v : v; });
  });
}

void posterize(const Picture& picture, int bits) {
  const auto mask = static_cast<std::uint8_t>(0xff00 >> bits);
  each_plane(picture, [mask](auto plane, float low, float high) {
    for (auto& v : plane) v = value_of(static_cast<std::uint8_t>(level_of(v, low, high) & mask), low, high, v);
  });
}

void equalize_tones(const Picture& picture) {
  each_plane(picture, [](auto plane, float low, float high) {
    std::array<std::int64_t, 256> histogram{};
    for (const auto v : plane) ++histogram[level_of(v, low, high)];
    const auto table = equalizing_table(histogram);
    for (auto& v : plane) v = value_of(table[level_of(v, low, high)], low, high, v);
  });
}

void stretch_tones(const Picture& picture) {
  each_plane(picture, [](auto plane, float low, float high) {
    auto dark = plane[0], light = plane[0];
    for (const auto v : plane) {  // minmax_element would not run on vectors
      dark = v < dark ? v : dark;
      light = v > light ? v : light;
    }
    const auto a = static_cast<float>(dark), b = static_cast<float>(light);
    if (a == b) return;
    map_values(plane, low, high, [=](float v) { return low + (v - a) * (high - low) / (b - a); });
  });
}

Invert::Invert(Options options) : options_(options) { check_probability(kType, options_.probability); }
void Invert::apply(Workpiece& work, Draws&) const { invert_tones(work.pixels()); }

Solarize::Solarize(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.threshold >= 0 && options_.threshold <= 1, kType, "threshold", options_.threshold,
                "a number from 0 (black) to 1 (white)");
}
void Solarize::apply(Workpiece& work, Draws&) const {
  const ValueRange range = work.range();
  solarize(work.pixels(), range.low + options_.threshold * (range.high - range.low));
}

Posterize::Posterize(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.bits >= 1 && options_.bits <= 8, kType, "bits", options_.bits, "1 to 8");
}
void Posterize::apply(Workpiece& work, Draws&) const { posterize(work.pixels(), static_cast<int>(options_.bits)); }

Equalize::Equalize(Options options) : options_(options) { check_probability(kType, options_.probability); }
void Equalize::apply(Workpiece& work, Draws&) const { equalize_tones(work.pixels()); }

Autocontrast::Autocontrast(Options options) : options_(options) { check_probability(kType, options_.probability); }
void Autocontrast::apply(Workpiece& work, Draws&) const { stretch_tones(work.pixels()); }

std::vector<AugmentRecord> augments_tone();
std::vector<AugmentRecord> augments_tone() {
  return {
      augment_record<Invert>("With `probability`, black + white - v. torchvision's RandomInvert."),
      augment_record<Solarize>("With `probability`, values at or above `threshold` (0 black, 1 white) are inverted.\n"
                               "torchvision's RandomSolarize (threshold in values there: 128 is 0.502)."),
      augment_record<Posterize>("With `probability`, only the highest `bits` (1..8) of the 8 of each value stay.\n"
                                "torchvision's RandomPosterize."),
      augment_record<Equalize>(
          "With `probability`, each channel's histogram becomes as flat as a table of 256 levels can make it.\n"
          "Pillow's ImageOps.equalize, torchvision's RandomEqualize."),
      augment_record<Autocontrast>(
          "With `probability`, each channel's darkest value becomes black and its lightest white.\n"
          "Pillow's ImageOps.autocontrast, torchvision's RandomAutocontrast.")};
}

}  // namespace percept
