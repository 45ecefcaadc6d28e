// axis_windows.cpp - weights along one axis, in the arithmetic of Pillow's precompute_coeffs.
#include "percept/data/axis_windows.h"

#include <algorithm>
#include <cmath>

namespace percept {
namespace {

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

std::int32_t fixed_point(double weight) {
  return static_cast<std::int32_t>(weight * (1 << kWindowBits) + (weight < 0 ? -0.5 : 0.5));
}

constexpr std::int32_t kOne = 1 << kWindowBits;

}  // namespace

const AxisFilter kTriangle{1, triangle};
const AxisFilter kCubic{2, cubic};

bool AxisWindows::is_identity(std::int64_t pixels) const {
  if (places() != pixels) return false;
  for (std::int64_t i = 0; i < pixels; ++i) {
    const std::int64_t k = i - first[static_cast<std::size_t>(i)];
    if (k < 0 || k >= taps || weights[static_cast<std::size_t>(i * taps + k)] != kOne) return false;
  }
  return true;
}

AxisWindows axis_windows(std::int64_t places, std::int64_t pixels, double scale, double offset,
                         const AxisFilter& filter, bool antialias) {
  const double stretch = antialias ? std::max(std::abs(scale), 1.0) : 1.0;
  const double support = filter.support * stretch;
  struct Reach {
    double centre;
    std::int64_t first, end;
  };
  std::vector<Reach> reaches(static_cast<std::size_t>(places));
  AxisWindows all;
  for (std::int64_t i = 0; i < places; ++i) {
    // Bounded, so that absurd zooms stay numbers.
    const double centre = std::clamp((static_cast<double>(i) + 0.5) * scale + offset, -1e9, 1e9);
    auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
    auto end = std::min(pixels, static_cast<std::int64_t>(centre + support + 0.5));
    if (end <= first) {
      first = std::min(first, pixels - 1);
      end = first + 1;
    }
    reaches[static_cast<std::size_t>(i)] = {centre, first, end};
    all.taps = std::max(all.taps, end - first);
  }
  all.first.resize(static_cast<std::size_t>(places));
  all.weights.assign(static_cast<std::size_t>(places * all.taps), 0);
  std::vector<double> exact;
  for (std::int64_t i = 0; i < places; ++i) {
    const Reach& reach = reaches[static_cast<std::size_t>(i)];
    exact.clear();
    double sum = 0;
    for (std::int64_t x = reach.first; x < reach.end; ++x) {
      exact.push_back(filter.weight((static_cast<double>(x) - reach.centre + 0.5) / stretch));
      sum += exact.back();
    }
    const std::int64_t first = std::min(reach.first, pixels - all.taps);  // so that all taps are within
    all.first[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(first);
    std::int32_t* const to = all.weights.data() + i * all.taps + (reach.first - first);
    for (std::size_t k = 0; k < exact.size(); ++k) to[k] = fixed_point(sum != 0 ? exact[k] / sum : exact[k]);
    if (sum == 0 && exact.size() == 1) to[0] = kOne;  // beyond the edge: the edge
  }
  return all;
}

AxisWindows nearest_windows(std::int64_t places, std::int64_t pixels, double scale) {
  AxisWindows all{1, {}, std::vector<std::int32_t>(static_cast<std::size_t>(places), kOne)};
  for (std::int64_t i = 0; i < places; ++i) {
    const auto at = static_cast<std::int64_t>((static_cast<double>(i) + 0.5) * scale);
    all.first.push_back(static_cast<std::int32_t>(std::min(at, pixels - 1)));
  }
  return all;
}

}  // namespace percept
