// workpiece.h - one sample on its way through the steps: maps of the plane are gathered and pixels read once.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "percept/core/shape.h"
#include "percept/data/augment/warp.h"

namespace percept {

// What a geometric step does. A step that never looks beyond the picture leaves `fill` empty, one that moves whole
// pixels leaves `interpolation` empty: both then go with any other.
struct Motion {
  Homography to_source;                // from a place in the new picture to the one it shows
  std::int64_t height = 0, width = 0;  // of the new picture
  std::optional<Fill> fill = {};
  std::optional<Interpolation> interpolation = {};
  bool antialias = false;
};

// ShapeError for pictures [C, H, W] that are larger than steps may make them: places in them are counted by 32 bits.
void check_picture_size(const Shape& picture);

// Maps are multiplied until somebody needs pixels, or until steps differ in how they read beyond the edge or between
// pixels. What lies beyond the edge is judged by the first picture of such a row of steps: a corner that a rotation
// turned out of sight and a shift brings back is the picture's own. A border of whole pixels is another matter: it lies
// around the picture as it is then. An antialiased shrinking beside a turn reads on its own, as only rows that stay
// rows can be antialiased.
class Workpiece {
 public:
  explicit Workpiece(ValueRange range) : range_(range) {}

  // `target` moves along with the same maps: a picture (bilinear) or a mask (nearest, 0 beyond the edge); null: none.
  void begin(const PixelSource& picture, const PixelSource* target, bool target_is_mask);

  std::int64_t channels() const { return picture_.source.channels; }
  std::int64_t height() const { return height_; }
  std::int64_t width() const { return width_; }
  PlanePoint centre() const { return {static_cast<double>(width_) / 2, static_cast<double>(height_) / 2}; }
  ValueRange range() const { return picture_.source.dtype == DType::u8 ? ValueRange{} : range_; }

  void move(const Motion& motion);
  // Every pixel takes its value from elsewhere, `displacement` pixels away.
  void displace(const Displacement& displacement, const Fill& fill, Interpolation interpolation);
  // The pixels as they are now, to be changed in place.
  Picture pixels();
  // The result into memory of its size; `target` as given to begin, else null.
  void finish(const Picture& picture, const Picture* target);

 private:
  struct Lane {
    PixelSource source;
    bool mask = false;
    bool own = false;  // the pixels lie in one of the buffers
    int spare = 0;     // the buffer that is free
    std::vector<std::byte> buffers[2];
  };
  bool settled() const {
    return pending_.to_source.is_identity() && height_ == picture_.source.height && width_ == picture_.source.width;
  }
  bool borders_pending(const Motion& motion) const;
  bool goes_together(const Motion& motion) const;
  void settle(const Displacement& displacement);
  void render(Lane& lane, const Displacement& displacement);
  void write(const Lane& lane, const Displacement& displacement, const Picture& out) const;

  ValueRange range_;
  Lane picture_, target_;
  bool has_target_ = false;
  std::int64_t height_ = 0, width_ = 0;  // after what is pending
  Motion pending_;
};

}  // namespace percept
