// colorful.cpp - how far the channels of pixels are apart.
#include "percept/data/colorful.h"

#include <algorithm>

#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

constexpr std::int64_t kLookedAt = 64, kFewest = 4;
constexpr std::int64_t kPixels = 8'000'000;  // about so many are enough
constexpr float kApart = 0.05f;

// The mean over the pixels of the largest channel less the smallest, as a share of the range. x: [1, 3, H, W].
float mean_distance(const Tensor& x) {
  const std::vector<float> values = cast(x, DType::f32).to_vector<float>();
  const std::size_t pixels = values.size() / 3;
  double sum = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto [least, most] = std::minmax({values[i], values[pixels + i], values[2 * pixels + i]});
    sum += most - least;
  }
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const float range = x.dtype() == DType::u8 ? 255.0f : *most - *least;
  return range > 0 ? static_cast<float>(sum / static_cast<double>(pixels)) / range : 0;
}

}  // namespace

bool colorful(const Dataset& pictures) {
  const Shape shape = pictures.sample_shape();
  if (shape.rank() != 3 || shape[0] != 3 || shape[1] * shape[2] == 0) return false;
  const NoGrad off;
  const std::int64_t enough = std::clamp(kPixels / (shape[1] * shape[2]), kFewest, kLookedAt);
  const std::int64_t count = std::min(pictures.size(), enough);
  std::int64_t colored = 0;
  for (std::int64_t i = 0; i < count; ++i)
    if (mean_distance(pictures.get({i * pictures.size() / count}).x) >= kApart) ++colored;
  return 2 * colored > count;
}

}  // namespace percept
