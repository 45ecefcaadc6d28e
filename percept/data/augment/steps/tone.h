// tone.h - other tones for the same picture: negatives, fewer levels, stretched histograms.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// The changes themselves. Alpha stays. posterize and equalize_tones take f32 pictures in 256 levels.
void invert_tones(const Picture& picture);
void solarize(const Picture& picture, double threshold);  // values at or above it (in the picture's units) are inverted
void posterize(const Picture& picture, int bits);         // the highest `bits` (0..8) of the 8 stay
void equalize_tones(const Picture& picture);              // each channel's histogram becomes flat, as Pillow's equalize
void stretch_tones(const Picture& picture);               // each channel's darkest becomes black, its lightest white

// The negative. torchvision's RandomInvert.
class Invert {
 public:
  static constexpr std::string_view kType = "invert";
  struct Options {
    double probability = 0.5;
  };
  explicit Invert(Options options);
  Invert() : Invert(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The negative of the light parts. torchvision's RandomSolarize.
class Solarize {
 public:
  static constexpr std::string_view kType = "solarize";
  struct Options {
    double threshold = 0.5;  // of the way from black to white
    double probability = 0.5;
  };
  explicit Solarize(Options options);
  Solarize() : Solarize(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Fewer levels. torchvision's RandomPosterize.
class Posterize {
 public:
  static constexpr std::string_view kType = "posterize";
  struct Options {
    std::int64_t bits = 4;
    double probability = 0.5;
  };
  explicit Posterize(Options options);
  Posterize() : Posterize(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A flat histogram. torchvision's RandomEqualize.
class Equalize {
 public:
  static constexpr std::string_view kType = "equalize";
  struct Options {
    double probability = 0.5;
  };
  explicit Equalize(Options options);
  Equalize() : Equalize(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The whole range used. torchvision's RandomAutocontrast.
class Autocontrast {
 public:
  static constexpr std::string_view kType = "autocontrast";
  struct Options {
    double probability = 0.5;
  };
  explicit Autocontrast(Options options);
  Autocontrast() : Autocontrast(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
