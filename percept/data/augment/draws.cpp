// draws.cpp - streams of augmentation steps, and the distributions drawn from them.
#include "percept/data/augment/draws.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace percept {
namespace {

// Keeps clear of the layers' small numbers and of the orders of epochs (data_loader.cpp).
constexpr std::uint64_t kAugmentStreams = std::uint64_t{0x6175676d74} << 24;

// ln(x) for x in (0, 1]: exponent and a series in (m - 1) / (m + 1). Within 2e-7 of the exact value.
inline float log_of(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;  // so that m is in [sqrt(1/2), sqrt(2))
  const float m = std::bit_cast<float>(bits - exponent * (1 << 23));
  const float s = (m - 1) / (m + 1), z = s * s;
  const float series = s * (2 + z * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f))));
  return static_cast<float>(exponent) * 0.693147181f + series;
}

// sin(2 pi t) for t in [-0.25, 0.25]: Taylor's series to the 11th power, within 6e-8.
inline float sine_of_turn(float t) {
  const float x = t * 6.28318531f, z = x * x;
  return x * (1 + z * (-1.66666667e-1f +
                       z * (8.33333333e-3f + z * (-1.98412698e-4f + z * (2.75573192e-6f - z * 2.50521084e-8f)))));
}

}  // namespace

std::uint64_t augment_key(std::uint64_t seed, std::int64_t place) {
  return philox_key({seed, kAugmentStreams + static_cast<std::uint64_t>(place)});
}

Draws::Draws(std::uint64_t key, std::int64_t epoch, std::int64_t sample)
    : key_(key),
      counter_{0, static_cast<std::uint32_t>(epoch), static_cast<std::uint32_t>(sample),
               static_cast<std::uint32_t>(static_cast<std::uint64_t>(sample) >> 32)} {}

std::uint32_t Draws::bits() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

std::int64_t Draws::integer(std::int64_t low, std::int64_t high) {
  const auto count = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>((count * bits()) >> 32);
}

// Box and Muller 1958.
double Draws::normal() {
  const double u = (static_cast<double>(bits()) + 1) * 0x1p-32, v = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

// Marsaglia and Tsang 2000; shapes below 1 by raising the shape by one.
double Draws::gamma(double shape) {
  if (shape < 1) return std::exp(log_gamma(shape));
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal(), t = 1 + c * x;
    const double u = (static_cast<double>(bits()) + 1) * 0x1p-32;
    if (t > 0 && std::log(u) < 0.5 * x * x + d - d * t * t * t + d * std::log(t * t * t)) return d * t * t * t;
  }
}

double Draws::log_gamma(double shape) {
  if (shape >= 1) return std::log(gamma(shape));
  const double u = (static_cast<double>(bits()) + 1) * 0x1p-32;
  return std::log(gamma(shape + 1)) + std::log(u) / shape;
}

// By logarithms: of a tiny alpha both numbers would fade to 0.
double Draws::beta(double alpha) {
  const double a = log_gamma(alpha), b = log_gamma(alpha);
  return 1 / (1 + std::exp(b - a));
}

// Fisher and Yates.
void Draws::shuffle(std::span<int> items) {
  for (std::size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(i) - 1))]);
}

void Draws::fill_uniform(std::span<float> values) {
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    const auto block = philox(counter_, key_);
    ++counter_[0];
    for (std::size_t k = 0; k < 4; ++k) values[i + k] = uniform_from(block[k]);
  }
  for (; i < values.size(); ++i) values[i] = uniform_from(bits());
}

// Box and Muller by pairs: the first half of a stretch takes the cosines, the second the sines.
void Draws::fill_normal(std::span<float> values) {
  constexpr std::size_t kHalf = 128;
  std::array<float, 2 * kHalf> u;
  for (std::size_t begin = 0; begin < values.size(); begin += u.size()) {
    fill_uniform(u);
    for (std::size_t i = 0; i < kHalf; ++i) {
      const float radius = std::sqrt(-2 * log_of(1 - u[i]));
      const float t = u[kHalf + i] - 0.5f;                                       // turns in [-0.5, 0.5)
      const float folded = t > 0.25f ? 0.5f - t : (t < -0.25f ? -0.5f - t : t);  // the same sine
      const float cosine = 0.25f - (t < 0 ? -t : t);                             // cos t is sin(1/4 - |t|)
      u[i] = radius * sine_of_turn(cosine);
      u[kHalf + i] = radius * sine_of_turn(folded);
    }
    std::copy_n(u.begin(), std::min(u.size(), values.size() - begin),
                values.begin() + static_cast<std::ptrdiff_t>(begin));
  }
}

}  // namespace percept
