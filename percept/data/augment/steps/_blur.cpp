// _blur.cpp - Gaussian blur, one axis after the other.
#include "percept/data/augment/steps/_blur.h"

#include <algorithm>
#include <cmath>

#include "percept/data/augment/sampling.h"

namespace percept {

std::vector<float> gaussian_kernel(std::int64_t radius, double sigma) {
  std::vector<double> exact;
  double sum = 0;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    const double x = static_cast<double>(i) / sigma;
    exact.push_back(std::exp(-0.5 * x * x));
    sum += exact.back();
  }
  std::vector<float> kernel;
  for (const double value : exact) kernel.push_back(static_cast<float>(value / sum));
  return kernel;
}

void blur_plane(const float* from, std::int64_t height, std::int64_t width, const std::vector<float>& kernel,
                float* to) {
  const auto taps = static_cast<std::int64_t>(kernel.size()), radius = taps / 2;
  std::vector<float> rows(static_cast<std::size_t>(height * width), 0.0f);
  std::vector<float> wide(static_cast<std::size_t>(width + 2 * radius));
  for (std::int64_t y = 0; y < height; ++y) {
    const float* const row = from + y * width;
    for (std::int64_t x = -radius; x < 0; ++x)
      wide[static_cast<std::size_t>(x + radius)] = row[pixel_for(x, width, FillMode::reflect)];
    std::copy_n(row, width, wide.begin() + radius);
    for (std::int64_t x = width; x < width + radius; ++x)
      wide[static_cast<std::size_t>(x + radius)] = row[pixel_for(x, width, FillMode::reflect)];
    float* const out = rows.data() + y * width;
    for (std::int64_t k = 0; k < taps; ++k) {
      const float weight = kernel[static_cast<std::size_t>(k)];
      const float* const shifted = wide.data() + k;
      for (std::int64_t x = 0; x < width; ++x) out[x] += weight * shifted[x];
    }
  }
  std::fill_n(to, height * width, 0.0f);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t k = 0; k < taps; ++k) {
      const float weight = kernel[static_cast<std::size_t>(k)];
      const float* const row = rows.data() + pixel_for(y + k - radius, height, FillMode::reflect) * width;
      float* const out = to + y * width;
      for (std::int64_t x = 0; x < width; ++x) out[x] += weight * row[x];
    }
}

}  // namespace percept
