// _light.cpp - single changes of light and colour, grey and channels: what is done to pixels.
#include <algorithm>
#include <array>
#include <vector>

#include "percept/data/augment/steps/_colour_chain.h"
#include "percept/data/augment/steps/_grey.h"
#include "percept/data/augment/steps/colour.h"

namespace percept {
void adjust_brightness(const Picture& picture, double factor) {
  change_colours(picture, std::array{ColourChange{ColourKind::brightness, factor}});
}
void adjust_contrast(const Picture& picture, double factor) {
  change_colours(picture, std::array{ColourChange{ColourKind::contrast, factor}});
}
void adjust_saturation(const Picture& picture, double factor) {
  if (has_colour(picture)) change_colours(picture, std::array{ColourChange{ColourKind::saturation, factor}});
}
void adjust_hue(const Picture& picture, double turns) {
  if (has_colour(picture)) change_colours(picture, std::array{ColourChange{ColourKind::hue, turns}});
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
