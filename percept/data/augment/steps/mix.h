// mix.h - samples blended with their neighbours in the batch, and labels with them.
#pragma once
#include "percept/data/augment/augment.h"

namespace percept {

// Labels [B] of integers as f32 [B, num_classes], 1 at the label; f32 targets of any shape as they are (contiguous).
// ValueError for a label outside or num_classes of 0; DTypeError for other dtypes.
Tensor mixable_targets(const Tensor& y, std::int64_t num_classes, std::string_view who);

// x = l x + (1 - l) x of the row before (of row 0: the last), targets likewise, l of Beta(alpha, alpha) for each row.
// torchvision's MixUp (one l per batch there). Source: Zhang et al. 2018.
class MixUp {
 public:
  static constexpr std::string_view kType = "mixup";
  struct Options {
    double alpha = 1;
    double probability = 1;
  };
  explicit MixUp(Options options);
  MixUp() : MixUp(Options{}) {}
  Batch mix(Batch batch, const MixContext& context) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A rectangle of 1 - l of the area comes from the row before; labels are weighed by what is left, pictures as targets
// change in the same rectangle. torchvision's CutMix. Source: Yun et al. 2019.
class CutMix {
 public:
  static constexpr std::string_view kType = "cutmix";
  struct Options {
    double alpha = 1;
    double probability = 1;
  };
  explicit CutMix(Options options);
  CutMix() : CutMix(Options{}) {}
  Batch mix(Batch batch, const MixContext& context) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
