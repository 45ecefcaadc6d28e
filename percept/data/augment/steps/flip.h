// flip.h - mirrored pictures.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// Left and right exchanged. torchvision's RandomHorizontalFlip.
class HorizontalFlip {
 public:
  static constexpr std::string_view kType = "horizontal_flip";
  static constexpr bool kMovesOnly = true;
  struct Options {
    double probability = 0.5;
  };
  explicit HorizontalFlip(Options options);
  HorizontalFlip() : HorizontalFlip(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Top and bottom exchanged. torchvision's RandomVerticalFlip.
class VerticalFlip {
 public:
  static constexpr std::string_view kType = "vertical_flip";
  static constexpr bool kMovesOnly = true;
  struct Options {
    double probability = 0.5;
  };
  explicit VerticalFlip(Options options);
  VerticalFlip() : VerticalFlip(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
