// elastic.cpp - pictures on rubber.
#include "percept/data/augment/steps/elastic.h"

#include <cmath>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/_blur.h"

namespace percept {

Displacement elastic_displacement(std::int64_t height, std::int64_t width, double alpha, double sigma, Draws& draws) {
  const std::vector<float> kernel = gaussian_kernel(static_cast<std::int64_t>(std::ceil(4 * sigma)), sigma);
  const auto pixels = static_cast<std::size_t>(height * width);
  const auto a = static_cast<float>(alpha);
  std::vector<float> noise(pixels);
  Displacement field{std::vector<float>(pixels), std::vector<float>(pixels)};
  for (std::vector<float>* axis : {&field.x, &field.y}) {
    draws.fill_uniform(noise);
    for (float& value : noise) value = a * (2 * value - 1);
    blur_plane(noise.data(), height, width, kernel, axis->data());
  }
  return field;
}

Elastic::Elastic(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.alpha >= 0 && options_.alpha <= 1e6, kType, "alpha", options_.alpha, "0 to 1000000 pixels");
  check_setting(options_.sigma >= 0.1 && options_.sigma <= 1000, kType, "sigma", options_.sigma, "0.1 to 1000 pixels");
  check_fill(kType, options_.fill_value);
}

void Elastic::apply(Workpiece& work, Draws& draws) const {
  work.displace(elastic_displacement(work.height(), work.width(), options_.alpha, options_.sigma, draws),
                {options_.fill_mode, options_.fill_value}, options_.interpolation);
}

std::vector<AugmentRecord> augments_elastic();
std::vector<AugmentRecord> augments_elastic() {
  return {augment_record<Elastic>(
      "Each pixel is read from a place moved by alpha G(u) pixels along either axis: u noise uniform in -1..1, G a\n"
      "Gaussian blur of standard deviation sigma pixels. Directly after other geometric steps it shares their "
      "reading.\n"
      "torchvision's ElasticTransform (whose alpha is twice as large). Source: Simard, Steinkraus and Platt 2003.")};
}

}  // namespace percept
