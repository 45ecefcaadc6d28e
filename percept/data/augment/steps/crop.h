// crop.h - parts of pictures, borders around them, and other sizes. These steps set the size of every sample alike.
#pragma once
#include "percept/data/augment/augment.h"
#include "percept/data/augment/ranges.h"

namespace percept {

// A part at a random place, of the picture with a border of `padding` pixels around. torchvision's RandomCrop. When it
// is not drawn (probability), the middle.
class RandomCrop {
 public:
  static constexpr std::string_view kType = "random_crop";
  static constexpr bool kMovesOnly = true;
  struct Options {
    std::int64_t height = 0, width = 0;  // 0: that of the picture
    std::int64_t padding = 0;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    double probability = 1;
  };
  explicit RandomCrop(Options options);
  RandomCrop() : RandomCrop(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  void skip(Workpiece& work) const;
  Shape output_shape(const Shape& sample) const;
  const Options& options() const { return options_; }

 private:
  void cut(Workpiece& work, std::int64_t top, std::int64_t left) const;
  Options options_;
};

// The middle; what is missing on a smaller picture is filled. torchvision's CenterCrop.
class CenterCrop {
 public:
  static constexpr std::string_view kType = "center_crop";
  static constexpr bool kMovesOnly = true;
  struct Options {
    std::int64_t height = 0, width = 0;  // 0: that of the picture
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
  };
  explicit CenterCrop(Options options);
  void apply(Workpiece& work, Draws& draws) const;
  Shape output_shape(const Shape& sample) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A border. torchvision's Pad.
class PadBorder {
 public:
  static constexpr std::string_view kType = "pad";
  static constexpr bool kMovesOnly = true;
  struct Options {
    std::int64_t left = 0, top = 0, right = 0, bottom = 0;
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
  };
  explicit PadBorder(Options options);
  void apply(Workpiece& work, Draws& draws) const;
  Shape output_shape(const Shape& sample) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Another size, the content stretched to it. torchvision's Resize.
class Resize {
 public:
  static constexpr std::string_view kType = "resize";
  static constexpr bool kMovesOnly = true;
  struct Options {
    std::int64_t height = 0, width = 0;  // 0: that of the picture
    Interpolation interpolation = Interpolation::bilinear;
    bool antialias = true;
  };
  explicit Resize(Options options);
  void apply(Workpiece& work, Draws& draws) const;
  Shape output_shape(const Shape& sample) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A part of random area and shape, brought to one size. torchvision's RandomResizedCrop. When it is not drawn
// (probability), the whole picture.
class ResizedCrop {
 public:
  static constexpr std::string_view kType = "resized_crop";
  static constexpr bool kMovesOnly = true;
  struct Options {
    std::int64_t height = 0, width = 0;     // 0: that of the picture
    PlainRange scale = {0.08, 1};           // area of the part, of the whole
    PlainRange ratio = {3.0 / 4, 4.0 / 3};  // width by height of the part
    Interpolation interpolation = Interpolation::bilinear;
    bool antialias = true;
    double probability = 1;
  };
  explicit ResizedCrop(Options options);
  ResizedCrop() : ResizedCrop(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  void skip(Workpiece& work) const;
  Shape output_shape(const Shape& sample) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The part of a picture that begins at (top, left), in pixels.
struct PicturePart {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
};
// As torchvision draws it: ten tries, then the largest middle part within the range of ratios.
PicturePart draw_part(Draws& draws, std::int64_t height, std::int64_t width, PlainRange scale, PlainRange ratio);

}  // namespace percept
