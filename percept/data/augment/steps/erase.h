// erase.h - patches taken out of pictures.
#pragma once
#include "percept/data/augment/augment.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/crop.h"

namespace percept {

// The change itself: the part, as far as it lies inside, becomes `value` in every channel.
void erase(const Picture& picture, const PicturePart& part, double value);
void erase_with_noise(const Picture& picture, const PicturePart& part, Draws& draws);  // uniform from black to white

// A rectangle of random area and shape. torchvision's RandomErasing (Zhong et al. 2017).
class RandomErasing {
 public:
  static constexpr std::string_view kType = "random_erasing";
  struct Options {
    PlainRange scale = {0.02, 0.33};  // its area, of the whole
    PlainRange ratio = {0.3, 3.3};    // its height by its width
    double fill_value = 0;
    bool noise = false;  // instead of fill_value
    double probability = 0.5;
  };
  explicit RandomErasing(Options options);
  RandomErasing() : RandomErasing(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  bool moves_only() const { return !options_.noise; }
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Squares about any pixel, partly outside at the border (DeVries and Taylor 2017).
class Cutout {
 public:
  static constexpr std::string_view kType = "cutout";
  static constexpr bool kMovesOnly = true;
  struct Options {
    double size = 0.5;  // its side, of the shorter side of the picture
    std::int64_t count = 1;
    double fill_value = 0;
    double probability = 1;
  };
  explicit Cutout(Options options);
  Cutout() : Cutout(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
