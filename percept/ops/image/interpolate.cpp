// interpolate.cpp - images made larger or smaller: the nearest pixel, or a mix of four.
#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/checked.h"
#include "percept/base/text.h"
#include "percept/ops/apply.h"
#include "percept/ops/image/image.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// PyTorch's rules: positions come from the scale that was given, else from the ratio of sizes; nearest in f32, and
// exact for twice the size. Equal sizes change nothing, whatever the scale.
std::vector<Tap> taps(std::int64_t in, std::int64_t out, const InterpolateAttrs& a) {
  std::vector<Tap> all(static_cast<std::size_t>(out));
  const double ratio = static_cast<double>(in) / static_cast<double>(out), given = a.scale > 0 ? 1 / a.scale : ratio;
  for (std::int64_t i = 0; i < out; ++i) {
    Tap& tap = all[static_cast<std::size_t>(i)];
    if (in == out) {
      tap.low = tap.high = i;
      continue;
    }
    if (a.mode == "nearest") {
      const float scale = a.scale > 0 ? static_cast<float>(given) : static_cast<float>(in) / static_cast<float>(out);
      tap.low = out == 2 * in ? i / 2 : std::min(static_cast<std::int64_t>(static_cast<float>(i) * scale), in - 1);
      tap.high = tap.low;
      continue;
    }
    const double step = out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
    const double at =
        a.align_corners ? static_cast<double>(i) * step : std::max(0.0, (static_cast<double>(i) + 0.5) * given - 0.5);
    tap.low = std::min(static_cast<std::int64_t>(at), in - 1);
    tap.high = std::min(tap.low + 1, in - 1);
    tap.weight = std::clamp(at - static_cast<double>(tap.low), 0.0, 1.0);
  }
  return all;
}

Size2 output_size(const std::string& who, Size2 input, const InterpolateAttrs& a) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  const std::string size = "[" + std::to_string(a.size.h) + ", " + std::to_string(a.size.w) + "]";
  const bool sized = a.size.h != 0 || a.size.w != 0;
  if (sized == (a.scale != 0))
    throw ValueError(who + ": size is " + size + ", scale is " + number(a.scale), "give either a size or a scale");
  if (sized) {
    if (a.size.h < 1 || a.size.w < 1 || a.size.h > kLargest || a.size.w > kLargest)
      throw ValueError(who + ": size is " + size, "use sizes of 1.." + std::to_string(kLargest));
    return a.size;
  }
  const double h = std::floor(static_cast<double>(input.h) * a.scale),
               w = std::floor(static_cast<double>(input.w) * a.scale);
  if (!(a.scale > 0) || !(h >= 1 && w >= 1 && h <= kLargest && w <= kLargest))
    throw ValueError(who + ": scale is " + number(a.scale) + " for images of [" + std::to_string(input.h) + ", " +
                         std::to_string(input.w) + "]",
                     "use a scale above 0 that leaves at least one pixel");
  return {static_cast<std::int64_t>(h), static_cast<std::int64_t>(w)};
}

// value = f(source row, source column, weight) summed over the pixels that make one of the result.
template <class F>
void for_each_source(const Tap& row, const Tap& column, F f) {
  for (int r = 0; r < (row.weight == 0 ? 1 : 2); ++r)
    for (int c = 0; c < (column.weight == 0 ? 1 : 2); ++c)
      f(r ? row.high : row.low, c ? column.high : column.low,
        (r ? row.weight : 1 - row.weight) * (c ? column.weight : 1 - column.weight));
}

// f(b, c, i, j) for every element of the resized image.
template <class F>
void for_each_pixel(const InterpolateSizes& s, F f) {
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t i = 0; i < s.output.h; ++i)
        for (std::int64_t j = 0; j < s.output.w; ++j) f(b, c, i, j);
}

Tensor interpolate_grad(const Tensor& dy, const InterpolateGradAttrs& attrs);

percept::Attrs settings(InterpolateAttrs a) { return percept::Attrs::of(std::move(a)); }
percept::Attrs grad_settings(Shape shape, InterpolateAttrs a) {
  return percept::Attrs::of(InterpolateGradAttrs{std::move(a), std::move(shape)});
}

// --- interpolate ---

struct Interpolate {
  using Attrs = InterpolateAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "interpolate";
  static constexpr std::string_view doc =
      "Images resized to `size`, or by `scale` (sizes rounded down). mode \"nearest\": y[i, j] = x[floor(i r), floor(j "
      "r)],\n"
      "r = 1 / scale or H / H'. \"bilinear\": the mix of the four pixels around ((i + 1/2) r - 1/2, ...), cut at 0; "
      "with\n"
      "align_corners the corners' centres meet: r = (H - 1) / (H' - 1), position i r. Weights in f64.\n"
      "x: [B, C, H, W], floating. Result: [B, C, H', W'], stored channels-last.\n"
      "Errors: rank other than 4, empty images, both or neither of size and scale, sizes below 1, an unknown mode,\n"
      "align_corners with nearest. Source: PyTorch's interpolate (nearest is its \"nearest\", not \"nearest-exact\").";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const InterpolateSizes s = interpolate_sizes("interpolate", in[0].shape, attrs.as<Attrs>(), false);
    check_floating("interpolate", "x", in[0].dtype);
    return {channels_last_spec(in[0].dtype, {s.batch, s.channels, s.output.h, s.output.w}, in[0].device)};
  }
  static void forward(const Call& call) {
    if (call.results[0].numel() == 0) return;
    const InterpolateSizes s = interpolate_sizes("interpolate", call.inputs[0].shape, call.attrs.as<Attrs>());
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>();
      for_each_pixel(s, [&](auto b, auto c, auto i, auto j) {
        double sum = 0;
        for_each_source(
            s.rows[static_cast<std::size_t>(i)], s.columns[static_cast<std::size_t>(j)],
            [&](auto row, auto column, double weight) { sum += weight * static_cast<double>(x(b, c, row, column)); });
        y(b, c, i, j) = rounded_to<T>(sum);
      });
    });
  }
  static Grads backward(const BackwardContext& c) {
    return {interpolate_grad(c.grad(), {c.attrs<Attrs>(), c.input_spec(0).shape})};
  }
  static std::vector<Sample> samples() {
    const SampleInput square{.shape = {1, 1, 2, 2}}, row{.shape = {1, 1, 1, 3}};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {
        {.attrs = settings({.scale = 2}),
         .inputs = {square},
         .expect = {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}},
        {.attrs = settings({.scale = 1.5}), .inputs = {square}, .expect = {0, 0, 1, 0, 0, 1, 2, 2, 3}},
        {.attrs = settings({.size = {1, 5}}), .inputs = {row}, .expect = {0, 0, 1, 1, 2}},
        {.attrs = settings({.size = {1, 2}}), .inputs = {row}, .expect = {0, 1}},  // floor(1 * 1.5)
        {.attrs = settings({.size = {3, 4}, .mode = "bilinear"}),
         .inputs = {square},
         .expect = {0, 0.25, 0.75, 1, 1, 1.25, 1.75, 2, 2, 2.25, 2.75, 3}},
        {.attrs = settings({.size = 3, .mode = "bilinear", .align_corners = true}),
         .inputs = {square},
         .expect = {0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3}},
        {.attrs = settings({.scale = 1.5, .mode = "bilinear"}),  // positions 0, 0.5, 7/6, 11/6
         .inputs = {row},
         .expect = {0, 0.5, 7.0 / 6, 11.0 / 6}},
        {.attrs = settings({.scale = 1.1}), .inputs = {square}, .expect = {0, 1, 2, 3}},
        {.attrs = settings({.size = 1, .mode = "bilinear", .align_corners = true}), .inputs = {square}, .expect = {0}},
        {.attrs = settings({.size = {5, 3}}), .inputs = {{.shape = {2, 3, 3, 4}}}},
        {.attrs = settings({.size = {5, 3}, .mode = "bilinear"}), .inputs = {{.shape = {2, 3, 3, 4}}}},
        {.attrs = settings({.scale = 0.6, .mode = "bilinear"}), .inputs = {{.shape = {1, 2, 5, 4}}}},
        {.attrs = settings({.size = {2, 5}, .mode = "bilinear", .align_corners = true}),
         .inputs = {{.shape = {1, 2, 3, 3}}}},
        {.attrs = settings({.scale = 2}), .inputs = {{.shape = {0, 2, 3, 3}}}},
        {.attrs = settings({}), .inputs = {square}, .error = "give either a size or a scale"},
        {.attrs = settings({.size = 2, .scale = 2}), .inputs = {square}, .error = "size is [2, 2], scale is 2"},
        {.attrs = settings({.size = {2, 0}}), .inputs = {square}, .error = "interpolate: size is [2, 0]"},
        {.attrs = settings({.size = {-1, 2}}), .inputs = {square}, .error = "size is [-1, 2]"},
        {.attrs = settings({.size = {std::int64_t{1} << 40, 2}}), .inputs = {square}, .error = "use sizes of 1.."},
        {.attrs = settings({.size = {std::int64_t{1} << 30, std::int64_t{1} << 30}}),
         .inputs = {square},
         .error = "too many elements"},
        {.attrs = settings({.scale = -2}), .inputs = {square}, .error = "scale is -2"},
        {.attrs = settings({.scale = 0.1}), .inputs = {square}, .error = "scale is 0.1 for images of [2, 2]"},
        {.attrs = settings({.scale = nan}), .inputs = {square}, .error = "scale is nan"},
        {.attrs = settings({.scale = 1e300}), .inputs = {square}, .error = "use a scale above 0"},
        {.attrs = settings({.scale = 2, .mode = "bicubic"}), .inputs = {square}, .error = "unknown mode \"bicubic\""},
        {.attrs = settings({.scale = 2, .align_corners = true}), .inputs = {square}, .error = "align_corners"},
        {.attrs = settings({.scale = 2}), .inputs = {{.shape = {1, 2, 2}}}, .error = "x is [1, 2, 2], of rank 3"},
        {.attrs = settings({.scale = 2}), .inputs = {{.shape = {1, 1, 0, 2}}}, .error = "images without elements"},
        {.attrs = settings({.scale = 2}),
         .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::i32}},
         .error = "interpolate: x is i32"},
    };
  }
};

// --- interpolate_grad ---

struct InterpolateGrad {
  using Attrs = InterpolateGradAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "interpolate_grad";
  static constexpr std::string_view doc =
      "interpolate's gradient: every dy is shared out over the pixels that its element was mixed of, by their "
      "weights.\n"
      "dy: [B, C, H', W'], floating. Result: `shape`, the image's, stored channels-last. Errors: as interpolate's, and "
      "a\n"
      "dy of another shape than interpolate gives.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const InterpolateSizes s = interpolate_sizes("interpolate_grad", a.shape, a.interpolate, false);
    check_floating("interpolate_grad", "dy", in[0].dtype);
    const Shape wanted = {s.batch, s.channels, s.output.h, s.output.w};
    if (in[0].shape != wanted)
      throw ShapeError("interpolate_grad: dy is " + str(in[0].shape), "interpolate gives " + str(wanted));
    return {channels_last_spec(in[0].dtype, a.shape, in[0].device)};
  }
  static void forward(const Call& call) {
    if (call.results[0].numel() == 0) return;
    const auto& a = call.attrs.as<Attrs>();
    const InterpolateSizes s = interpolate_sizes("interpolate_grad", a.shape, a.interpolate);
    const Strides to = contiguous_strides(a.shape);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0);
      std::vector<double> dx(static_cast<std::size_t>(call.results[0].numel()));
      for_each_pixel(s, [&](auto b, auto c, auto i, auto j) {
        for_each_source(s.rows[static_cast<std::size_t>(i)], s.columns[static_cast<std::size_t>(j)],
                        [&](auto row, auto column, double weight) {
                          dx[static_cast<std::size_t>(b * to[0] + c * to[1] + row * to[2] + column)] +=
                              weight * static_cast<double>(dy(b, c, i, j));
                        });
      });
      const auto y = call.out<T>();
      for (std::size_t i = 0; i < dx.size(); ++i) y.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(dx[i]);
    });
  }
  static Grads backward(const BackwardContext& c) {
    return {apply_one<Interpolate>(c.attrs<Attrs>().interpolate, {c.grad()}, {})};
  }
  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 1, 4}, .values = {1, 2, 3, 4}};
    return {
        {.attrs = grad_settings({1, 1, 1, 2}, {.size = {1, 4}}), .inputs = {dy}, .expect = {3, 7}},
        {.attrs = grad_settings({1, 1, 1, 2}, {.size = {1, 4}, .mode = "bilinear"}),  // weights 0, 1/4, 3/4, 1
         .inputs = {dy},
         .expect = {3.25, 6.75}},
        {.attrs = grad_settings({2, 3, 3, 4}, {.size = {5, 3}, .mode = "bilinear"}),
         .inputs = {{.shape = {2, 3, 5, 3}}}},
        {.attrs = grad_settings({1, 2, 3, 3}, {.size = {2, 5}, .mode = "bilinear", .align_corners = true}),
         .inputs = {{.shape = {1, 2, 2, 5}}}},
        {.attrs = grad_settings({1, 2, 3, 3}, {.scale = 2}), .inputs = {{.shape = {1, 2, 6, 6}}}},
        {.attrs = grad_settings({0, 1, 2, 2}, {.scale = 2}), .inputs = {{.shape = {0, 1, 4, 4}}}},
        {.attrs = grad_settings({1, 1, 1, 2}, {.size = {1, 3}}), .inputs = {dy}, .error = "gives [1, 1, 1, 3]"},
        {.attrs = grad_settings({1, 2}, {.size = {1, 3}}), .inputs = {dy}, .error = "of rank 2"},
        {.attrs = grad_settings({1, 1, 1, 2}, {.size = {1, 4}}),
         .inputs = {{.shape = {1, 1, 1, 4}, .dtype = DType::i64}},
         .error = "dy is i64"},
    };
  }
};

Tensor interpolate_grad(const Tensor& dy, const InterpolateGradAttrs& attrs) {
  return apply_one<InterpolateGrad>(attrs, {dy}, {});
}

}  // namespace

InterpolateSizes interpolate_sizes(const char* who, const Shape& x, const InterpolateAttrs& a, bool with_taps) {
  check_image(who, "x", x);
  if (a.mode != "nearest" && a.mode != "bilinear")
    throw ValueError(std::string(who) + ": unknown mode \"" + a.mode + "\"", "use \"nearest\" or \"bilinear\"");
  if (a.align_corners && a.mode == "nearest")
    throw ValueError(std::string(who) + ": align_corners is set with mode \"nearest\"",
                     "it says something for \"bilinear\" only");
  InterpolateSizes s{.batch = x[0], .channels = x[1], .input = {x[2], x[3]}, .output = {}, .rows = {}, .columns = {}};
  s.output = output_size(who, s.input, a);
  if (!with_taps) return s;
  s.rows = taps(s.input.h, s.output.h, a);
  s.columns = taps(s.input.w, s.output.w, a);
  return s;
}

Tensor interpolate(Arg x, const InterpolateAttrs& attrs) {
  return apply_one<Interpolate>(attrs, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_interpolate() { return {&op_of<Interpolate>(), &op_of<InterpolateGrad>()}; }

}  // namespace percept
