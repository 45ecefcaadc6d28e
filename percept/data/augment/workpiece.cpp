// workpiece.cpp - gathers the maps of geometric steps and resamples when it must.
#include "percept/data/augment/workpiece.h"

#include <cmath>

#include "percept/base/checked.h"

namespace percept {
namespace {

// An antialiased reading that leaves pixels out: worth a pass of its own beside a rotation, which cannot antialias.
bool shrinks(const Homography& map) { return std::abs(map.m[0]) > 1 || std::abs(map.m[4]) > 1; }

template <class T>
bool agree(const std::optional<T>& a, const std::optional<T>& b) {
  return !a || !b || *a == *b;
}

}  // namespace

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
}

void Workpiece::move(const Motion& motion) {
  const Homography both = pending_.to_source * motion.to_source;
  const bool alias = !both.keeps_axes() && ((pending_.antialias && shrinks(pending_.to_source)) ||
                                            (motion.antialias && shrinks(motion.to_source)));
  if (!settled() &&
      (alias || !agree(pending_.fill, motion.fill) || !agree(pending_.interpolation, motion.interpolation)))
    settle({});
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
