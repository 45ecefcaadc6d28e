// filter.h - sharper, softer, noisier.
#pragma once
#include "percept/data/augment/augment.h"
#include "percept/data/augment/ranges.h"

namespace percept {

// The changes themselves.
// s + factor (v - s), s the 3x3 mean that counts the middle 5 times (Pillow's SMOOTH); the border's pixels stay.
void sharpen(const Picture& picture, double factor);
void blur(const Picture& picture, std::int64_t kernel_size, double sigma);        // reflect beyond the edge
void add_noise(const Picture& picture, double mean, double sigma, Draws& draws);  // in the picture's units

// Between soft (0), the picture (1) and sharper. torchvision's RandomAdjustSharpness.
class Sharpness {
 public:
  static constexpr std::string_view kType = "sharpness";
  struct Options {
    FactorRange factor = FactorRange(0, 2);
    double probability = 0.5;
  };
  explicit Sharpness(Options options);
  Sharpness() : Sharpness(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// torchvision's GaussianBlur.
class GaussianBlur {
 public:
  static constexpr std::string_view kType = "gaussian_blur";
  struct Options {
    std::int64_t kernel_size = 5;
    PlainRange sigma = {0.1, 2};
    double probability = 1;
  };
  explicit GaussianBlur(Options options);
  GaussianBlur() : GaussianBlur(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// torchvision's GaussianNoise.
class PixelNoise {
 public:
  static constexpr std::string_view kType = "gaussian_noise";
  struct Options {
    double mean = 0;
    double sigma = 0.1;  // both of the range from black to white
    double probability = 1;
  };
  explicit PixelNoise(Options options);
  PixelNoise() : PixelNoise(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
