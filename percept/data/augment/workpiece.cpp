// workpiece.cpp - gathers the maps of geometric steps and resamples when it must.
#include "percept/data/augment/workpiece.h"

#include <algorithm>
#include <cmath>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

// An antialiased reading that leaves pixels out: worth a pass of its own beside a rotation, which cannot antialias.
bool shrinks(const Homography& map) { return std::abs(map.m[0]) > 1 || std::abs(map.m[4]) > 1; }

// Zooms in a row that would leave the numbers that places are computed with.
bool absurd(const Homography& map) {
  return !std::all_of(map.m.begin(), map.m.end(), [](double value) { return std::abs(value) < 1e9; });
}

// Along one axis: whether the new picture shows all of the old one.
bool covers(double scale, double offset, std::int64_t pixels, std::int64_t source_pixels) {
  const double end = offset + scale * static_cast<double>(pixels);
  return std::min(offset, end) <= 0 && std::max(offset, end) >= static_cast<double>(source_pixels);
}

template <class T>
bool agree(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

}  // namespace

void check_picture_size(const Shape& picture) {
  constexpr std::int64_t kMost = std::int64_t{1} << 27;  // values: 3 x 6,600 x 6,600
  std::int64_t numel = 1;
  for (int axis = 0; axis < picture.rank(); ++axis) numel = checked_mul(numel, picture[axis]);
  if (numel > kMost)
    throw ShapeError("augment: a picture " + str(picture) + " on its way through the steps",
                     "use smaller borders and sizes: at most " + number(kMost) + " values");
}

void Workpiece::begin(const PixelSource& picture, const PixelSource* target, bool target_is_mask) {
  const auto start = [](Lane& lane, const PixelSource& source, bool mask) {
    lane.source = source;
    lane.mask = mask;
    lane.own = false;
  };
  start(picture_, picture, false);
  has_target_ = target != nullptr;
  if (has_target_) start(target_, *target, target_is_mask);
  height_ = picture.height;
  width_ = picture.width;
  pending_ = {};
  check_picture_size({picture.channels, height_, width_});
}

// Whether `motion` puts a border around something else than the picture that pending maps begin with: around a part of
// it or other pixels. Borders around borders are one where they are of one value.
bool Workpiece::borders_pending(const Motion& motion) const {
  if (!motion.fill || motion.interpolation || !motion.to_source.moves_whole_pixels()) return false;
  const Homography& pending = pending_.to_source;
  const FillMode mode = pending_.fill ? pending_.fill->mode : FillMode::constant;
  return !pending.moves_whole_pixels() || (mode != FillMode::constant && mode != FillMode::replicate) ||
         !covers(pending.m[0], pending.m[2], width_, picture_.source.width) ||
         !covers(pending.m[4], pending.m[5], height_, picture_.source.height);
}

bool Workpiece::goes_together(const Motion& motion) const {
  if (!agree(pending_.fill, motion.fill) || !agree(pending_.interpolation, motion.interpolation)) return false;
  const Homography both = pending_.to_source * motion.to_source;
  const bool antialias = pending_.antialias || motion.antialias;
  // Wider than the picture: beside zooms a pixel would be a mean of millions.
  const bool wide = antialias && (std::abs(both.m[0]) > static_cast<double>(picture_.source.width) ||
                                  std::abs(both.m[4]) > static_cast<double>(picture_.source.height));
  const bool alias = !both.keeps_axes() && ((pending_.antialias && shrinks(pending_.to_source)) ||
                                            (motion.antialias && shrinks(motion.to_source)));
  return !wide && !alias && !absurd(both) && !borders_pending(motion);
}

void Workpiece::move(const Motion& motion) {
  check_picture_size({picture_.source.channels, motion.height, motion.width});
  if (!settled() && !goes_together(motion)) settle({});
  pending_.to_source = pending_.to_source * motion.to_source;
  if (motion.fill) pending_.fill = motion.fill;
  if (motion.interpolation) pending_.interpolation = motion.interpolation;
  pending_.antialias = pending_.antialias || motion.antialias;
  height_ = motion.height;
  width_ = motion.width;
}

void Workpiece::displace(const Displacement& displacement, const Fill& fill, Interpolation interpolation) {
  move({{}, height_, width_, fill, interpolation, false});
  if (pending_.antialias && shrinks(pending_.to_source)) {
    settle({});
    move({{}, height_, width_, fill, interpolation, false});
  }
  settle(displacement);
}

Picture Workpiece::pixels() {
  if (!settled() || !picture_.own) settle({});
  const PixelSource& s = picture_.source;
  return {s.dtype, const_cast<void*>(s.data), s.channels, s.height, s.width, range_};  // in a buffer of ours
}

void Workpiece::finish(const Picture& picture, const Picture* target) {
  write(picture_, {}, picture);
  if (target != nullptr) write(target_, {}, *target);
}

void Workpiece::settle(const Displacement& displacement) {
  render(picture_, displacement);
  if (has_target_) render(target_, displacement);
  pending_ = {};
}

void Workpiece::render(Lane& lane, const Displacement& displacement) {
  const std::int64_t numel = checked_mul(checked_mul(lane.source.channels, height_), width_);
  std::vector<std::byte>& buffer = lane.buffers[lane.spare];
  buffer.resize(checked_bytes(numel, size_of(lane.source.dtype)));
  const Picture out{lane.source.dtype, buffer.data(), lane.source.channels, height_, width_, range_};
  write(lane, displacement, out);
  lane.source = out.source();
  lane.own = true;
  lane.spare = 1 - lane.spare;
}

void Workpiece::write(const Lane& lane, const Displacement& displacement, const Picture& out) const {
  Sampling sampling{pending_.fill, pending_.interpolation.value_or(Interpolation::bilinear), pending_.antialias};
  if (lane.mask) {
    sampling.interpolation = Interpolation::nearest;
    if (sampling.fill) sampling.fill->value = 0;
  }
  warp(lane.source, pending_.to_source, displacement, sampling, out);
}

}  // namespace percept
