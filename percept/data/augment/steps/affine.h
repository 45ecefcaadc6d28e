// affine.h - rotations, zooms, shifts, shears, and all of them in one map.
#pragma once
#include "percept/data/augment/augment.h"
#include "percept/data/augment/ranges.h"

namespace percept {

// What one affine change does to the content of a picture, about its centre.
struct AffineChange {
  double degrees = 0;               // counter-clockwise
  double scale_x = 1, scale_y = 1;  // above 1: larger
  double shear_x = 0, shear_y = 0;  // degrees
  double shift_x = 0, shift_y = 0;  // pixels, right and down
};
// From a place in the new picture to the old one it shows: the inverse of shift * rotation * scale * shear about
// `centre`, as torchvision's affine (whose angle is clockwise, and whose shear is the other way round: x -= tan y).
Homography affine_to_source(const AffineChange& change, PlanePoint centre);

// Turned about the centre by an angle from the range, counter-clockwise. torchvision's RandomRotation.
class Rotate {
 public:
  static constexpr std::string_view kType = "rotate";
  static constexpr bool kMovesOnly = true;
  struct Options {
    SymmetricRange degrees = 10;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Rotate(Options options);
  Rotate() : Rotate(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The content grows or shrinks about the centre by a factor from the range. Keras's RandomZoom, whose factors are the
// inverse: above 0 more of the picture is seen.
class Zoom {
 public:
  static constexpr std::string_view kType = "zoom";
  static constexpr bool kMovesOnly = true;
  struct Options {
    FactorRange scale = 0.1;
    bool per_axis = false;  // a factor of its own for each axis
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Zoom(Options options);
  Zoom() : Zoom(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Moved sideways and down by fractions of width and height. Keras's RandomTranslation.
class Shift {
 public:
  static constexpr std::string_view kType = "shift";
  static constexpr bool kMovesOnly = true;
  struct Options {
    SymmetricRange width = 0.1;
    SymmetricRange height = 0.1;
    bool whole_pixels = false;  // rounded to them: no pixel is blended
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Shift(Options options);
  Shift() : Shift(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Slanted about the centre: x += tan(degrees) y. torchvision's RandomAffine(shear), whose angles have the other sign.
class Shear {
 public:
  static constexpr std::string_view kType = "shear";
  static constexpr bool kMovesOnly = true;
  struct Options {
    SymmetricRange degrees = 10;   // of what is upright
    SymmetricRange degrees_y = 0;  // of what is level
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Shear(Options options);
  Shear() : Shear(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// All four in one. torchvision's RandomAffine, whose shear has the other sign.
class Affine {
 public:
  static constexpr std::string_view kType = "affine";
  static constexpr bool kMovesOnly = true;
  struct Options {
    SymmetricRange degrees = 10;
    SymmetricRange width = 0;
    SymmetricRange height = 0;
    FactorRange scale = 0;
    SymmetricRange shear = 0;
    SymmetricRange shear_y = 0;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    Interpolation interpolation = Interpolation::bilinear;
    double probability = 1;
  };
  explicit Affine(Options options);
  Affine() : Affine(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
