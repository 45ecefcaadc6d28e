// colour.cpp - the steps of light and colour; what they do to pixels is in _light.cpp and _colour_chain.cpp.
#include "percept/data/augment/steps/colour.h"

#include <array>

#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/steps/_colour_chain.h"

namespace percept {
namespace {

constexpr double kMostFactor = 1000;

void check_factor(std::string_view who, std::string_view name, const FactorRange& range) {
  check_range(who, name, range.low, range.high, 0, kMostFactor);
}
void check_hue(std::string_view who, std::string_view name, const SymmetricRange& range) {
  check_range(who, name, range.low, range.high, -0.5, 0.5);
}

}  // namespace

Brightness::Brightness(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_factor(kType, "factor", options_.factor);
}
void Brightness::apply(Workpiece& work, Draws& draws) const {
  adjust_brightness(work.pixels(), options_.factor.draw(draws));
}

Contrast::Contrast(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_factor(kType, "factor", options_.factor);
}
void Contrast::apply(Workpiece& work, Draws& draws) const {
  adjust_contrast(work.pixels(), options_.factor.draw(draws));
}

Saturation::Saturation(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_factor(kType, "factor", options_.factor);
}
void Saturation::apply(Workpiece& work, Draws& draws) const {
  adjust_saturation(work.pixels(), options_.factor.draw(draws));
}

Hue::Hue(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_hue(kType, "factor", options_.factor);
}
void Hue::apply(Workpiece& work, Draws& draws) const { adjust_hue(work.pixels(), options_.factor.draw(draws)); }

ColourJitter::ColourJitter(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_factor(kType, "brightness", options_.brightness);
  check_factor(kType, "contrast", options_.contrast);
  check_factor(kType, "saturation", options_.saturation);
  check_hue(kType, "hue", options_.hue);
}
void ColourJitter::apply(Workpiece& work, Draws& draws) const {
  std::array<int, 4> order{0, 1, 2, 3};
  draws.shuffle(order);
  const double brightness = options_.brightness.draw(draws), contrast = options_.contrast.draw(draws);
  const double saturation = options_.saturation.draw(draws), hue = options_.hue.draw(draws);
  std::array<ColourChange, 4> changes;
  std::size_t count = 0;
  for (const int which : order) {
    if (which == 0 && !options_.brightness.idle()) changes[count++] = {ColourKind::brightness, brightness};
    if (which == 1 && !options_.contrast.idle()) changes[count++] = {ColourKind::contrast, contrast};
    if (which == 2 && !options_.saturation.idle()) changes[count++] = {ColourKind::saturation, saturation};
    if (which == 3 && hue != 0) changes[count++] = {ColourKind::hue, hue};
  }
  change_colours(work.pixels(), std::span(changes).first(count));
}

ChannelShift::ChannelShift(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_range(kType, "factor", options_.factor.low, options_.factor.high, -1, 1);
}
void ChannelShift::apply(Workpiece& work, Draws& draws) const {
  const Picture picture = work.pixels();
  const ValueRange range = work.range();
  for (std::int64_t c = 0; c < picture.channels; ++c)
    shift_channel(picture, c, options_.factor.draw(draws) * (range.high - range.low));
}

ChannelPermutation::ChannelPermutation(Options options) : options_(options) {
  check_probability(kType, options_.probability);
}
void ChannelPermutation::apply(Workpiece& work, Draws& draws) const {
  std::array<int, 3> order{0, 1, 2};
  draws.shuffle(order);
  if (work.channels() >= 3) permute_channels(work.pixels(), order);
}

Grayscale::Grayscale(Options options) : options_(options) { check_probability(kType, options_.probability); }
void Grayscale::apply(Workpiece& work, Draws&) const { make_grey(work.pixels()); }

std::vector<AugmentRecord> augments_colour();
std::vector<AugmentRecord> augments_colour() {
  return {
      augment_record<Brightness>("black + f (v - black) with f uniform in `factor` (d: max(0, 1-d)..1+d), clipped.\n"
                                 "torchvision's ColorJitter(brightness)."),
      augment_record<Contrast>("m + f (v - m) with f uniform in `factor` and m the mean of the grey picture, clipped.\n"
                               "torchvision's ColorJitter(contrast)."),
      augment_record<Saturation>(
          "g + f (v - g) with f uniform in `factor` and g the pixel's grey, 0.299 R + 0.587 G + 0.114 B, clipped.\n"
          "Pictures of one channel stay. torchvision's ColorJitter(saturation)."),
      augment_record<Hue>("Each colour goes around the hue circle (HSV) by a part of a turn uniform in `factor` (d: "
                          "-d..d, at most 0.5).\n"
                          "Pictures of one channel stay. torchvision's ColorJitter(hue)."),
      augment_record<ColourJitter>("brightness, contrast, saturation and hue as those steps, in an order drawn for "
                                   "each sample; all 0 by default.\n"
                                   "torchvision's ColorJitter."),
      augment_record<ChannelShift>(
          "v + a for each channel, with an a of its own: white minus black times a number uniform in `factor`.\n"
          "As Keras's ImageDataGenerator(channel_shift_range), which is in values, not in parts of the range, and\n"
          "draws one number for all channels."),
      augment_record<ChannelPermutation>(
          "With `probability`, red, green and blue change places, each order alike likely.\n"
          "torchvision's RandomChannelPermutation."),
      augment_record<Grayscale>("With `probability`, red, green and blue become the grey 0.299 R + 0.587 G + 0.114 B.\n"
                                "torchvision's RandomGrayscale.")};
}

}  // namespace percept
