// _hue.cpp - colours turned around the hue circle.
//
// With V the largest of r, g, b, C = V - the smallest, and H the hue in sixths of a turn, a channel is
// V - C clamp(min(k, 4 - k), 0, 1), k = (n + H) mod 6 with n = 5, 3, 1 for r, g, b (Smith 1978, as one formula).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "percept/data/augment/steps/_grey.h"
#include "percept/data/augment/steps/colour.h"

namespace percept {
namespace {

constexpr std::int64_t kBlock = 256;

inline float pick(bool which, float a, float b) { return which ? a : b; }

// k in [0, 12) -> the share of C that is taken off.
inline float taken(float k) {
  k = pick(k >= 6, k - 6, k);
  const float other = 4 - k;
  const float low = pick(k < other, k, other);
  return std::min(std::max(low, 0.0f), 1.0f);
}

// turn: sixths, in [0, 6). Branch-free, so that it runs on vectors.
void turn_block(float* __restrict r, float* __restrict g, float* __restrict b, std::int64_t count, float turn) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float x = r[i], y = g[i], z = b[i];
    const float v = std::max(std::max(x, y), z), c = v - std::min(std::min(x, y), z);
    const float inv = 1 / (c + pick(c == 0, 1.0f, 0.0f));
    const float of_red = (y - z) * inv, of_green = 2 + (z - x) * inv, of_blue = 4 + (x - y) * inv;
    float h = pick(v == x, of_red, pick(v == y, of_green, of_blue)) + turn;  // in [-1, 11)
    h = pick(h < 0, h + 6, h);
    h = pick(h >= 6, h - 6, h);
    r[i] = v - c * taken(h + 5);
    g[i] = v - c * taken(h + 3);
    b[i] = v - c * taken(h + 1);
  }
}

}  // namespace

void adjust_hue(const Picture& picture, double turns) {
  if (!has_colour(picture)) return;
  const auto turn = static_cast<float>(6 * (turns - std::floor(turns)));
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    std::array<T*, 3> planes{picture.plane<T>(0).data(), picture.plane<T>(1).data(), picture.plane<T>(2).data()};
    std::array<std::array<float, kBlock>, 3> block;
    for (std::int64_t begin = 0; begin < picture.pixels(); begin += kBlock) {
      const std::int64_t count = std::min(kBlock, picture.pixels() - begin);
      for (std::size_t c = 0; c < 3; ++c)
        for (std::int64_t i = 0; i < count; ++i)
          block[c][static_cast<std::size_t>(i)] = static_cast<float>(planes[c][begin + i]) - low;
      turn_block(block[0].data(), block[1].data(), block[2].data(), count, turn);
      for (std::size_t c = 0; c < 3; ++c)
        for (std::int64_t i = 0; i < count; ++i)
          planes[c][begin + i] = stored<T>(block[c][static_cast<std::size_t>(i)] + low, low, high);
    }
  });
}

}  // namespace percept
