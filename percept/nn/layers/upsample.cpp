// upsample.cpp - enlarging images.
#include "percept/nn/layers/upsample.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Upsample::Upsample(Options options) : options_(std::move(options)) {
  check_option("Upsample", "size", std::min(options_.size.h, options_.size.w), 0);
  const bool by_size = options_.size != Size2(0), by_scale = options_.scale_factor != 0;
  if (by_size == by_scale)
    throw ValueError(std::string("Upsample: ") +
                         (by_size ? "both size and scale_factor are" : "neither size nor scale_factor is") + " given",
                     "give one of them");
  if (by_scale && !(options_.scale_factor > 0))
    throw ValueError("Upsample: scale_factor is " + number(options_.scale_factor), "give a number above 0");
  if (options_.mode != "nearest" && options_.mode != "bilinear")
    throw ValueError("Upsample: mode is \"" + options_.mode + "\"", "give \"nearest\" or \"bilinear\"");
  if (options_.align_corners && options_.mode == "nearest")
    throw ValueError("Upsample: align_corners is set, mode is \"nearest\"", "it is for \"bilinear\" only");
}

Tensor Upsample::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    return interpolate(x, {.size = options_.size,
                           .scale = options_.scale_factor,
                           .mode = options_.mode,
                           .align_corners = options_.align_corners});
  });
}

PixelShuffle::PixelShuffle(Options options) : options_(options) {
  check_option("PixelShuffle", "upscale_factor", options.upscale_factor, 1);
}
Tensor PixelShuffle::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return pixel_shuffle(x, options_.upscale_factor); });
}

PixelUnshuffle::PixelUnshuffle(Options options) : options_(options) {
  check_option("PixelUnshuffle", "downscale_factor", options.downscale_factor, 1);
}
Tensor PixelUnshuffle::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return pixel_unshuffle(x, options_.downscale_factor); });
}

std::vector<LayerRecord> layers_upsample();
std::vector<LayerRecord> layers_upsample() {
  return {
      layer_record<Upsample>("Upsample",
                             "[B, C, H, W] -> [B, C, H', W'], to a size (a number or [height, width]) or by "
                             "scale_factor. mode: \"nearest\" or \"bilinear\", the latter with align_corners or "
                             "not."),
      layer_record<PixelShuffle>(
          "PixelShuffle",
          "[B, C r r, H, W] -> [B, C, H r, W r], r the upscale_factor: r r channels become the pixels of a square. "
          "Source: Shi et al. 2016."),
      layer_record<PixelUnshuffle>(
          "PixelUnshuffle", "[B, C, H r, W r] -> [B, C r r, H, W], r the downscale_factor: PixelShuffle's reverse.")};
}

}  // namespace percept
