// pixel_shuffle.cpp - channels laid out as pixels of a larger image, and the reverse.
#include <limits>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

struct ShuffleAttrs {
  std::int64_t factor = 1;
};

// The factor's square, refused where the factor is below 1.
std::int64_t area(const char* who, std::int64_t factor) {
  if (factor < 1) throw ValueError(std::string(who) + ": factor is " + std::to_string(factor), "use at least 1");
  return checked_mul(factor, factor);
}

std::vector<Sample> shuffle_samples(bool shuffle) {
  auto by = [](std::int64_t factor) { return percept::Attrs::of(ShuffleAttrs{factor}); };
  const SampleInput channels{{1, 4, 1, 2}}, pixels{{1, 1, 2, 4}};
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  const std::string who = shuffle ? "pixel_shuffle" : "pixel_unshuffle";
  // Channel c of a pixel goes to row c / 2, column c % 2 of its block.
  std::vector<Sample> samples = {
      {.attrs = by(2), .inputs = {shuffle ? channels : pixels}, .expect = {0, 2, 1, 3, 4, 6, 5, 7}},
      {.attrs = by(1), .inputs = {{{1, 2, 2, 2}}}},
      {.attrs = by(2), .inputs = {shuffle ? SampleInput{{2, 8, 2, 3}} : SampleInput{{2, 2, 4, 6}}}},
      {.attrs = by(2), .inputs = {shuffle ? SampleInput{{0, 4, 1, 1}} : SampleInput{{0, 1, 2, 2}}}},
      {.attrs = by(0), .inputs = {channels}, .error = who + ": factor is 0"},
      {.attrs = by(-2), .inputs = {channels}, .error = who + ": factor is -2"},
      {.attrs = by(kHighest), .inputs = {channels}, .error = "size overflow"},
      {.attrs = by(3), .inputs = {channels}, .error = who + ": factor 3 does not fit x [1, 4, 1, 2]"},
      {.attrs = by(2), .inputs = {{{4, 1, 1}}}, .error = who + ": x is [4, 1, 1], of rank 3"}};
  return samples;
}

[[noreturn]] void refuse(const char* who, std::int64_t factor, const Shape& x, const char* fix) {
  throw ShapeError(std::string(who) + ": factor " + std::to_string(factor) + " does not fit x " + str(x), fix);
}

struct PixelShuffle {
  using Attrs = ShuffleAttrs;
  static constexpr std::string_view name = "pixel_shuffle";
  static constexpr std::string_view doc =
      "y[b, c, h r + i, w r + j] = x[b, c r r + i r + j, h, w], r being `factor`: [B, C r r, H, W] -> [B, C, H r, W "
      "r].\n"
      "Composed of reshape and permute. Errors: rank other than 4, a factor below 1, channels that r r does not "
      "divide.\n"
      "Source: Shi et al. 2016; PyTorch's pixel_shuffle.";
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::int64_t r = attrs.as<Attrs>().factor;
    const Shape x = in[0].shape();
    check_image("pixel_shuffle", "x", x);
    const std::int64_t rr = area("pixel_shuffle", r);
    if (x[1] % rr != 0) refuse("pixel_shuffle", r, x, "the channels must be a multiple of factor * factor");
    const Tensor parts = reshape(in[0], {x[0], x[1] / rr, r, r, x[2], x[3]});
    return {reshape(permute(parts, {0, 1, 4, 2, 5, 3}), {x[0], x[1] / rr, checked_mul(x[2], r), checked_mul(x[3], r)})};
  }
  static std::vector<Sample> samples() { return shuffle_samples(true); }
};

struct PixelUnshuffle {
  using Attrs = ShuffleAttrs;
  static constexpr std::string_view name = "pixel_unshuffle";
  static constexpr std::string_view doc =
      "y[b, c r r + i r + j, h, w] = x[b, c, h r + i, w r + j], r being `factor`: [B, C, H r, W r] -> [B, C r r, H, "
      "W].\n"
      "pixel_shuffle reversed; composed likewise. Errors: rank other than 4, a factor below 1, height or width that r\n"
      "does not divide. Source: PyTorch's pixel_unshuffle.";
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::int64_t r = attrs.as<Attrs>().factor;
    const Shape x = in[0].shape();
    check_image("pixel_unshuffle", "x", x);
    const std::int64_t rr = area("pixel_unshuffle", r);
    if (x[2] % r != 0 || x[3] % r != 0) refuse("pixel_unshuffle", r, x, "height and width must be multiples of factor");
    const Tensor parts = reshape(in[0], {x[0], x[1], x[2] / r, r, x[3] / r, r});
    return {reshape(permute(parts, {0, 1, 3, 5, 2, 4}), {x[0], checked_mul(x[1], rr), x[2] / r, x[3] / r})};
  }
  static std::vector<Sample> samples() { return shuffle_samples(false); }
};

}  // namespace

Tensor pixel_shuffle(Arg x, std::int64_t factor) { return apply_one<PixelShuffle>({factor}, {x.tensor()}, x.site()); }
Tensor pixel_unshuffle(Arg x, std::int64_t factor) {
  return apply_one<PixelUnshuffle>({factor}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_pixel_shuffle() { return {&op_of<PixelShuffle>(), &op_of<PixelUnshuffle>()}; }

}  // namespace percept
