// crop.cpp - parts of pictures, borders around them, and other sizes.
#include "percept/data/augment/steps/crop.h"

#include <algorithm>
#include <cmath>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/data/augment/augment_record.h"

namespace percept {
namespace {

constexpr std::int64_t kMostSide = 65535;

void check_side(std::string_view who, std::string_view name, std::int64_t side) {
  check_setting(side >= 0 && side <= kMostSide, who, name, side, "0 (as the picture) to " + number(kMostSide));
}

std::int64_t or_own(std::int64_t wanted, std::int64_t own) { return wanted > 0 ? wanted : own; }

template <class Options>
Shape sized(const Shape& sample, const Options& options) {
  return {sample[0], or_own(options.height, sample[1]), or_own(options.width, sample[2])};
}

// PicturePart of the picture, which may reach beyond it, stretched to height x width.
Homography part_to_source(const PicturePart& part, std::int64_t height, std::int64_t width) {
  return translation(static_cast<double>(part.left), static_cast<double>(part.top)) *
         scaling(static_cast<double>(part.width) / static_cast<double>(width),
                 static_cast<double>(part.height) / static_cast<double>(height));
}

bool within(const PicturePart& part, const Workpiece& work) {
  return part.top >= 0 && part.left >= 0 && part.top + part.height <= work.height() &&
         part.left + part.width <= work.width();
}

void cut_out(Workpiece& work, const PicturePart& part, Fill fill) {
  Motion motion{part_to_source(part, part.height, part.width), part.height, part.width};
  if (!within(part, work)) motion.fill = fill;
  work.move(motion);
}

void stretch(Workpiece& work, const PicturePart& part, std::int64_t height, std::int64_t width,
             Interpolation interpolation, bool antialias) {
  work.move({part_to_source(part, height, width), height, width, {}, interpolation, antialias});
}

}  // namespace

RandomCrop::RandomCrop(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_side(kType, "height", options_.height);
  check_side(kType, "width", options_.width);
  check_side(kType, "padding", options_.padding);
  check_fill(kType, options_.fill_value);
}
Shape RandomCrop::output_shape(const Shape& sample) const {
  const Shape out = sized(sample, options_);
  if (out[1] > sample[1] + 2 * options_.padding || out[2] > sample[2] + 2 * options_.padding)
    throw ShapeError("random_crop: a part of " + number(out[1]) + " x " + number(out[2]) + " from pictures " +
                         str(sample) + " with padding " + number(options_.padding),
                     "ask for a smaller part or give more padding");
  return out;
}
void RandomCrop::cut(Workpiece& work, std::int64_t top, std::int64_t left) const {
  const PicturePart part{top - options_.padding, left - options_.padding, or_own(options_.height, work.height()),
                         or_own(options_.width, work.width())};
  cut_out(work, part, {options_.fill_mode, options_.fill_value});
}
void RandomCrop::apply(Workpiece& work, Draws& draws) const {
  const std::int64_t rows = work.height() + 2 * options_.padding - or_own(options_.height, work.height());
  const std::int64_t columns = work.width() + 2 * options_.padding - or_own(options_.width, work.width());
  const std::int64_t top = draws.integer(0, rows);
  cut(work, top, draws.integer(0, columns));
}
void RandomCrop::skip(Workpiece& work) const {
  cut(work, (work.height() + 2 * options_.padding - or_own(options_.height, work.height())) / 2,
      (work.width() + 2 * options_.padding - or_own(options_.width, work.width())) / 2);
}

CenterCrop::CenterCrop(Options options) : options_(options) {
  check_side(kType, "height", options_.height);
  check_side(kType, "width", options_.width);
  check_fill(kType, options_.fill_value);
}
Shape CenterCrop::output_shape(const Shape& sample) const { return sized(sample, options_); }
void CenterCrop::apply(Workpiece& work, Draws&) const {
  const std::int64_t height = or_own(options_.height, work.height()), width = or_own(options_.width, work.width());
  // torchvision: half of what is cut off rounds to even, half of what is added goes down on the left.
  const auto first = [](std::int64_t own, std::int64_t wanted) {
    return wanted <= own ? static_cast<std::int64_t>(std::nearbyint(static_cast<double>(own - wanted) / 2))
                         : -((wanted - own) / 2);
  };
  cut_out(work, {first(work.height(), height), first(work.width(), width), height, width},
          {options_.fill_mode, options_.fill_value});
}

PadBorder::PadBorder(Options options) : options_(options) {
  check_side(kType, "left", options_.left);
  check_side(kType, "top", options_.top);
  check_side(kType, "right", options_.right);
  check_side(kType, "bottom", options_.bottom);
  check_fill(kType, options_.fill_value);
}
Shape PadBorder::output_shape(const Shape& sample) const {
  return {sample[0], checked_add(sample[1], options_.top + options_.bottom),
          checked_add(sample[2], options_.left + options_.right)};
}
void PadBorder::apply(Workpiece& work, Draws&) const {
  cut_out(work,
          {-options_.top, -options_.left, work.height() + options_.top + options_.bottom,
           work.width() + options_.left + options_.right},
          {options_.fill_mode, options_.fill_value});
}

Resize::Resize(Options options) : options_(options) {
  check_side(kType, "height", options_.height);
  check_side(kType, "width", options_.width);
}
Shape Resize::output_shape(const Shape& sample) const { return sized(sample, options_); }
void Resize::apply(Workpiece& work, Draws&) const {
  stretch(work, {0, 0, work.height(), work.width()}, or_own(options_.height, work.height()),
          or_own(options_.width, work.width()), options_.interpolation, options_.antialias);
}

ResizedCrop::ResizedCrop(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_side(kType, "height", options_.height);
  check_side(kType, "width", options_.width);
  check_range(kType, "scale", options_.scale.first, options_.scale.second, 1e-6, 1);
  check_range(kType, "ratio", options_.ratio.first, options_.ratio.second, 1e-3, 1e3);
}
Shape ResizedCrop::output_shape(const Shape& sample) const { return sized(sample, options_); }
void ResizedCrop::apply(Workpiece& work, Draws& draws) const {
  stretch(work, draw_part(draws, work.height(), work.width(), options_.scale, options_.ratio),
          or_own(options_.height, work.height()), or_own(options_.width, work.width()), options_.interpolation,
          options_.antialias);
}
void ResizedCrop::skip(Workpiece& work) const {
  stretch(work, {0, 0, work.height(), work.width()}, or_own(options_.height, work.height()),
          or_own(options_.width, work.width()), options_.interpolation, options_.antialias);
}

PicturePart draw_part(Draws& draws, std::int64_t height, std::int64_t width, PlainRange scale, PlainRange ratio) {
  const double area = static_cast<double>(height) * static_cast<double>(width);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double wanted = area * draws.uniform(scale.first, scale.second);
    const double shape = std::exp(draws.uniform(std::log(ratio.first), std::log(ratio.second)));
    const auto w = static_cast<std::int64_t>(std::nearbyint(std::sqrt(wanted * shape)));
    const auto h = static_cast<std::int64_t>(std::nearbyint(std::sqrt(wanted / shape)));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const std::int64_t top = draws.integer(0, height - h);
    return {top, draws.integer(0, width - w), h, w};
  }
  const double own = static_cast<double>(width) / static_cast<double>(height);
  const double shape = std::clamp(own, ratio.first, ratio.second);
  std::int64_t w = width, h = height;
  if (shape > own) h = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(width) / shape));
  if (shape < own) w = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(height) * shape));
  w = std::clamp<std::int64_t>(w, 1, width);
  h = std::clamp<std::int64_t>(h, 1, height);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

std::vector<AugmentRecord> augments_crop();
std::vector<AugmentRecord> augments_crop() {
  return {
      augment_record<RandomCrop>(
          "A part of height x width (0: the picture's own) at a place drawn uniformly, out of the picture with a "
          "border\n"
          "of `padding` pixels around it (fill_mode, fill_value). Not drawn (probability): the middle one.\n"
          "torchvision's RandomCrop."),
      augment_record<CenterCrop>(
          "The middle height x width (0: the picture's own); what a smaller picture lacks is filled.\n"
          "torchvision's CenterCrop."),
      augment_record<PadBorder>("A border of left, top, right, bottom pixels. torchvision's Pad."),
      augment_record<Resize>(
          "Stretched to height x width (0: the picture's own). antialias: where it shrinks, every pixel counts (a\n"
          "triangle as wide as a step, Pillow's BILINEAR). torchvision's Resize."),
      augment_record<ResizedCrop>(
          "A part whose area is a share of the whole uniform in `scale` and whose width by height is log-uniform in\n"
          "`ratio`, at a place drawn uniformly, stretched to height x width (0: the picture's own). Ten tries, then "
          "the\n"
          "largest middle part. Not drawn (probability): the whole picture. torchvision's RandomResizedCrop.\n"
          "Source: Szegedy et al. 2015, section 6.")};
}

}  // namespace percept
