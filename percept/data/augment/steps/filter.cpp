// filter.cpp - sharper, softer, noisier.
#include "percept/data/augment/steps/filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/steps/_blur.h"
#include "percept/data/augment/steps/_grey.h"

namespace percept {
namespace {

// Pillow's SMOOTH at one pixel with eight neighbours; of u8 rounded.
template <class T>
float smooth_at(const T* p, std::int64_t width) {
  const auto at = [p](std::int64_t i) { return static_cast<float>(p[i]); };
  const float sum = (at(-width - 1) + at(-width) + at(-width + 1)) + (at(-1) + 5 * at(0) + at(1)) +
                    (at(width - 1) + at(width) + at(width + 1));
  if constexpr (sizeof(T) == 1)
    return static_cast<float>(static_cast<int>(sum / 13 + 0.5f));
  else
    return sum / 13;
}

}  // namespace

void sharpen(const Picture& picture, double factor) {
  const auto f = static_cast<float>(factor);
  const std::int64_t width = picture.width, height = picture.height;
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    std::vector<T> before;
    for (std::int64_t c = 0; c < light_channels(picture); ++c) {
      const std::span<T> plane = picture.plane<T>(c);
      before.assign(plane.begin(), plane.end());
      for (std::int64_t y = 1; y < height - 1; ++y)
        for (std::int64_t x = 1; x < width - 1; ++x) {
          const T* const p = before.data() + y * width + x;
          const float smooth = smooth_at(p, width);
          plane[static_cast<std::size_t>(y * width + x)] =
              stored<T>(smooth + f * (static_cast<float>(*p) - smooth), low, high);
        }
    }
  });
}

void blur(const Picture& picture, std::int64_t kernel_size, double sigma) {
  const std::vector<float> kernel = gaussian_kernel(kernel_size / 2, sigma);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    std::vector<float> plane(static_cast<std::size_t>(picture.pixels())), out(plane.size());
    for (std::int64_t c = 0; c < picture.channels; ++c) {
      const std::span<T> values = picture.plane<T>(c);
      for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(values[i]);
      blur_plane(plane.data(), picture.height, picture.width, kernel, out.data());
      for (std::size_t i = 0; i < out.size(); ++i) values[i] = stored<T>(out[i], low, high);
    }
  });
}

void add_noise(const Picture& picture, double mean, double sigma, Draws& draws) {
  const auto m = static_cast<float>(mean), s = static_cast<float>(sigma);
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    std::array<float, 256> noise;
    const std::span<T> values =
        picture.values<T>().first(static_cast<std::size_t>(light_channels(picture) * picture.pixels()));
    for (std::size_t begin = 0; begin < values.size(); begin += noise.size()) {
      draws.fill_normal(noise);
      const std::size_t count = std::min(noise.size(), values.size() - begin);
      for (std::size_t i = 0; i < count; ++i)
        values[begin + i] = stored<T>(static_cast<float>(values[begin + i]) + m + s * noise[i], low, high);
    }
  });
}

Sharpness::Sharpness(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_range(kType, "factor", options_.factor.low, options_.factor.high, 0, 1000);
}
void Sharpness::apply(Workpiece& work, Draws& draws) const { sharpen(work.pixels(), options_.factor.draw(draws)); }

GaussianBlur::GaussianBlur(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.kernel_size >= 1 && options_.kernel_size <= 1023 && options_.kernel_size % 2 == 1, kType,
                "kernel_size", options_.kernel_size, "an odd number from 1 to 1023");
  check_range(kType, "sigma", options_.sigma.first, options_.sigma.second, 1e-3, 1000);
}
void GaussianBlur::apply(Workpiece& work, Draws& draws) const {
  blur(work.pixels(), options_.kernel_size, draws.uniform(options_.sigma.first, options_.sigma.second));
}

PixelNoise::PixelNoise(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(std::isfinite(options_.mean), kType, "mean", options_.mean, "a finite number");
  check_setting(std::isfinite(options_.sigma) && options_.sigma >= 0, kType, "sigma", options_.sigma,
                "a number of at least 0, 0.1 being a tenth of the way from black to white");
}
void PixelNoise::apply(Workpiece& work, Draws& draws) const {
  const ValueRange range = work.range();
  const double span = range.high - range.low;
  add_noise(work.pixels(), options_.mean * span, options_.sigma * span, draws);
}

std::vector<AugmentRecord> augments_filter();
std::vector<AugmentRecord> augments_filter() {
  return {
      augment_record<Sharpness>(
          "With `probability`, s + f (v - s) with f uniform in `factor` and s the pixel smoothed by\n"
          "[1 1 1; 1 5 1; 1 1 1] / 13: 0 is soft, 1 the picture, 2 sharp; the outermost pixels stay.\n"
          "torchvision's RandomAdjustSharpness."),
      augment_record<GaussianBlur>(
          "Convolved with a Gaussian of a standard deviation in pixels uniform in `sigma`, cut to kernel_size (odd)\n"
          "pixels; reflected beyond the edge. torchvision's GaussianBlur."),
      augment_record<PixelNoise>(
          "v + (white - black) (mean + sigma n), n normal and of its own for each value, clipped.\n"
          "torchvision's GaussianNoise.")};
}

}  // namespace percept
