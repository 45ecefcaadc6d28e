// erase.cpp - patches taken out of pictures.
#include "percept/data/augment/steps/erase.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "percept/data/augment/augment_record.h"

namespace percept {
namespace {

PicturePart inside(const PicturePart& part, const Picture& picture) {
  const std::int64_t top = std::clamp<std::int64_t>(part.top, 0, picture.height);
  const std::int64_t left = std::clamp<std::int64_t>(part.left, 0, picture.width);
  const std::int64_t bottom = std::clamp<std::int64_t>(part.top + part.height, top, picture.height);
  const std::int64_t right = std::clamp<std::int64_t>(part.left + part.width, left, picture.width);
  return {top, left, bottom - top, right - left};
}

// f(first value, how many) for each row of the part in each channel.
template <class T, class F>
void each_row(const Picture& picture, const PicturePart& part, F&& f) {
  for (std::int64_t c = 0; c < picture.channels; ++c)
    for (std::int64_t y = part.top; y < part.top + part.height; ++y)
      f(picture.plane<T>(c).data() + y * picture.width + part.left, part.width);
}

}  // namespace

void erase(const Picture& picture, const PicturePart& part, double value) {
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    const T fill = stored<T>(static_cast<float>(value), low, high);
    each_row<T>(picture, inside(part, picture), [fill](T* row, std::int64_t count) { std::fill_n(row, count, fill); });
  });
}

void erase_with_noise(const Picture& picture, const PicturePart& part, Draws& draws) {
  const PicturePart cut = inside(part, picture);
  std::vector<float> noise(static_cast<std::size_t>(cut.width));
  visit_pixels(picture, [&]<class T>(T, float low, float high) {
    each_row<T>(picture, cut, [&](T* row, std::int64_t count) {
      draws.fill_uniform(noise);
      for (std::int64_t i = 0; i < count; ++i)
        row[i] = stored<T>(low + noise[static_cast<std::size_t>(i)] * (high - low), low, high);
    });
  });
}

RandomErasing::RandomErasing(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_range(kType, "scale", options_.scale.first, options_.scale.second, 0, 1);
  check_range(kType, "ratio", options_.ratio.first, options_.ratio.second, 1e-3, 1e3);
  check_fill(kType, options_.fill_value);
}
void RandomErasing::apply(Workpiece& work, Draws& draws) const {
  const double area = static_cast<double>(work.height()) * static_cast<double>(work.width());
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double wanted = area * draws.uniform(options_.scale.first, options_.scale.second);
    const double shape = std::exp(draws.uniform(std::log(options_.ratio.first), std::log(options_.ratio.second)));
    const auto h = static_cast<std::int64_t>(std::nearbyint(std::sqrt(wanted * shape)));
    const auto w = static_cast<std::int64_t>(std::nearbyint(std::sqrt(wanted / shape)));
    if (h < 1 || w < 1 || h >= work.height() || w >= work.width()) continue;
    const std::int64_t top = draws.integer(0, work.height() - h);
    const PicturePart part{top, draws.integer(0, work.width() - w), h, w};
    if (options_.noise)
      erase_with_noise(work.pixels(), part, draws);
    else
      erase(work.pixels(), part, options_.fill_value);
    return;
  }
}

Cutout::Cutout(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_setting(options_.size > 0 && options_.size <= 2, kType, "size", options_.size, "a number above 0, at most 2");
  check_setting(options_.count >= 1 && options_.count <= 1000, kType, "count", options_.count, "1 to 1000");
  check_fill(kType, options_.fill_value);
}
void Cutout::apply(Workpiece& work, Draws& draws) const {
  const Picture picture = work.pixels();
  const auto shorter = static_cast<double>(std::min(picture.height, picture.width));
  const auto side = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::nearbyint(options_.size * shorter)));
  for (std::int64_t i = 0; i < options_.count; ++i) {
    const std::int64_t y = draws.integer(0, picture.height - 1), x = draws.integer(0, picture.width - 1);
    erase(picture, {y - side / 2, x - side / 2, side, side}, options_.fill_value);
  }
}

std::vector<AugmentRecord> augments_erase();
std::vector<AugmentRecord> augments_erase() {
  return {
      augment_record<RandomErasing>(
          "With `probability`, a rectangle inside the picture becomes fill_value (or uniform noise): its share of the\n"
          "area is uniform in `scale`, its height by its width log-uniform in `ratio`; ten tries, then none.\n"
          "torchvision's RandomErasing. Source: Zhong et al. 2017."),
      augment_record<Cutout>(
          "`count` squares about pixels drawn uniformly become fill_value, of side `size` times the picture's shorter\n"
          "side, cut off at the border. Source: DeVries and Taylor 2017.")};
}

}  // namespace percept
