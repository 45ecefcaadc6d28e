// aug_mix.h - several changed versions of a picture, blended.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// Keras's and torchvision's AugMix. Source: Hendrycks et al. 2020. Pictures as targets stay where they are.
class AugMix {
 public:
  static constexpr std::string_view kType = "aug_mix";
  struct Options {
    std::int64_t severity = 3;       // 1 to 10
    std::int64_t mixture_width = 3;  // versions
    std::int64_t chain_depth = 0;    // changes of each; 0: 1 to 3, drawn
    double alpha = 1;                // of the distributions of the weights
    FillMode fill_mode = FillMode::constant;
    double fill_value = 0;
    double probability = 1;
  };
  explicit AugMix(Options options);
  AugMix() : AugMix(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
