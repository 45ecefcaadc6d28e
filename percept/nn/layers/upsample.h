// upsample.h - enlarging images: Upsample, PixelShuffle and its reverse PixelUnshuffle.
#pragma once
#include <string>

#include "percept/nn/module.h"
#include "percept/ops/sizes.h"

namespace percept {

// [B, C, H, W] -> [B, C, H', W'], to a size or by a factor.
class Upsample {
 public:
  struct Options {
    Size2 size = 0;                // of the result; 0: from scale_factor
    double scale_factor = 0;       // 0: from size
    std::string mode = "nearest";  // or "bilinear"
    bool align_corners = false;    // bilinear only
  };
  explicit Upsample(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// [B, C r r, H, W] -> [B, C, H r, W r]: r r channels become the pixels of a square. Source: Shi et al. 2016.
class PixelShuffle {
 public:
  struct Options {
    std::int64_t upscale_factor = 0;
  };
  explicit PixelShuffle(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// [B, C, H r, W r] -> [B, C r r, H, W]
class PixelUnshuffle {
 public:
  struct Options {
    std::int64_t downscale_factor = 0;
  };
  explicit PixelUnshuffle(Options options);
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
