// avg_pool2d.cpp - the mean of each window, and its gradient.
#include <algorithm>

#include "percept/ops/apply.h"
#include "percept/ops/pool/pool2d.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- what the two share ---

// The part of a window that lies on the image, and by how many pixels its sum is divided.
struct Window {
  std::int64_t first_row, end_row, first_column, end_column, count;
};

Window window_at(const PoolSizes& s, std::int64_t i, std::int64_t j) {
  const std::int64_t row = i * s.stride.h - s.pads.top, column = j * s.stride.w - s.pads.left;
  Window w{.first_row = std::max<std::int64_t>(row, 0),
           .end_row = std::min(row + s.kernel.h, s.input.h),
           .first_column = std::max<std::int64_t>(column, 0),
           .end_column = std::min(column + s.kernel.w, s.input.w),
           .count = s.kernel.h * s.kernel.w};
  if (!s.count_include_pad) w.count = (w.end_row - w.first_row) * (w.end_column - w.first_column);
  return w;
}

// f(b, c, i, j, window) for every element of the pooled image, row-major.
template <class F>
void for_each_window(const PoolSizes& s, F&& f) {
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t i = 0; i < s.output.h; ++i)
        for (std::int64_t j = 0; j < s.output.w; ++j) f(b, c, i, j, window_at(s, i, j));
}

Shape pooled_shape(const PoolSizes& s) { return {s.batch, s.channels, s.output.h, s.output.w}; }
percept::Attrs settings(Pool2dAttrs pool) { return percept::Attrs::of(pool); }
percept::Attrs grad_settings(Shape shape, Pool2dAttrs pool = {}) {
  return percept::Attrs::of(Pool2dGradAttrs{.pool = pool, .shape = std::move(shape)});
}

Tensor pool_grad(const Tensor& dy, const Pool2dGradAttrs& attrs);

// --- avg_pool2d ---

struct AvgPool2d {
  using Attrs = Pool2dAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "avg_pool2d";
  static constexpr std::string_view doc =
      "y[b,c,i,j] = sum of x[b, c, i*stride-pad .. +kernel_size, j*stride-pad .. +kernel_size] / n, padding being 0.\n"
      "n is kernel_size's area, or with count_include_pad = false, and with \"same\", the number of pixels of the "
      "image in it.\n"
      "x: [B, C, H, W], floating. Result: [B, C, H', W'], stored channels-last; H' as in conv2d.\n"
      "kernel_size, stride (0: the kernel's size), padding: a number, a pair, \"valid\" or \"same\".\n"
      "Errors: rank other than 4, sizes below 1, padding above half of kernel_size, windows larger than the image.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const PoolSizes sizes = pool_sizes(in[0].shape, attrs.as<Attrs>(), "avg_pool2d");
    check_floating("avg_pool2d", "x", in[0].dtype);
    return {channels_last_spec(in[0].dtype, pooled_shape(sizes), in[0].device)};
  }

  static void forward(const Call& call) {
    const PoolSizes s = pool_sizes(call.inputs[0].shape, call.attrs.as<Attrs>(), "avg_pool2d");
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>();
      for_each_window(s, [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, const Window& w) {
        double sum = 0;
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column)
            sum += static_cast<double>(x(b, c, row, column));
        y(b, c, i, j) = rounded_to<T>(sum / static_cast<double>(w.count));
      });
    });
  }

  static std::optional<Region> part(const percept::Attrs& attrs, Specs in, Specs, const Region& of_input) {
    return pooled_part(pool_sizes(in[0].shape, attrs.as<Attrs>(), "avg_pool2d"), of_input);
  }

  static Grads backward(const BackwardContext& ctx) {
    return {pool_grad(ctx.grad(), {ctx.attrs<Attrs>(), ctx.input_spec(0).shape})};
  }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 4, 4}}, small{.shape = {1, 1, 3, 3}}, tiny{.shape = {1, 1, 2, 2}};
    return {
        {.attrs = settings({}), .inputs = {image}, .expect = {2.5, 4.5, 10.5, 12.5}},  // (0 + 1 + 4 + 5) / 4
        {.attrs = settings({.stride = 1}), .inputs = {small}, .expect = {2, 3, 5, 6}},
        {.attrs = settings({.kernel_size = {1, 3}, .stride = {2, 1}}), .inputs = {small}, .expect = {1, 7}},
        {.attrs = settings({.stride = 2, .padding = 1}), .inputs = {tiny}, .expect = {0, 0.25, 0.5, 0.75}},
        {.attrs = settings({.stride = 2, .padding = 1, .count_include_pad = false}),
         .inputs = {tiny},
         .expect = {0, 1, 2, 3}},
        {.attrs = settings({.padding = "same"}),  // one row below and one column right are left out
         .inputs = {small},
         .expect = {2, 3.5, 6.5, 8}},
        {.attrs = settings({.padding = "same", .count_include_pad = false}),
         .inputs = {small},
         .expect = {2, 3.5, 6.5, 8}},
        {.attrs = settings({.kernel_size = 1}), .inputs = {{.shape = {1, 1, 1, 1}}}, .expect = {0}},
        {.attrs = settings({.kernel_size = 3, .stride = {2, 1}, .padding = {1, 0}}),
         .inputs = {{.shape = {2, 2, 3, 4}}}},
        {.attrs = settings({.kernel_size = 3, .stride = 2, .padding = "same", .count_include_pad = false}),
         .inputs = {{.shape = {1, 2, 5, 4}}}},
        {.attrs = settings({}), .inputs = {{.shape = {0, 2, 4, 4}}}},
        {.attrs = settings({}), .inputs = {{.shape = {4, 4}}}, .error = "avg_pool2d: x is [4, 4], of rank 2"},
        {.attrs = settings({.kernel_size = {2, -1}}), .inputs = {image}, .error = "kernel size is [2, -1]"},
        {.attrs = settings({.stride = {1, 0}}), .inputs = {image}, .error = "stride is [1, 0]"},
        {.attrs = settings({.padding = -1}), .inputs = {image}, .error = "padding is [-1, -1]"},
        {.attrs = settings({.padding = 2}), .inputs = {image}, .error = "padding [2, 2] is more than half of kernel"},
        {.attrs = settings({.kernel_size = {5, 1}}), .inputs = {image}, .error = "the output would be empty"},
        {.attrs = settings({}), .inputs = {{.shape = {1, 0, 4, 4}}}, .error = "images without elements"},
        {.attrs = settings({}), .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::u8}}, .error = "x is u8"},
    };
  }
};

// --- avg_pool2d_grad ---

struct AvgPool2dGrad {
  using Attrs = Pool2dGradAttrs;
  static constexpr int arity = 1;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "avg_pool2d_grad";
  static constexpr std::string_view doc =
      "d(loss)/dx of avg_pool2d: each element of dy, divided by its window's n, added to the pixels of its window.\n"
      "dy: [B, C, H', W'], floating. Result: [B, C, H, W] (`shape`), stored channels-last.\n"
      "Errors: those of avg_pool2d; dy of another shape than the pool gives.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const PoolSizes sizes = pool_sizes(a.shape, a.pool, "avg_pool2d_grad");
    check_floating("avg_pool2d_grad", "dy", in[0].dtype);
    if (in[0].shape != pooled_shape(sizes))
      throw ShapeError("avg_pool2d_grad: dy is " + str(in[0].shape) + ", the pool gives " + str(pooled_shape(sizes)),
                       "pass the gradient of the pool's result");
    return {channels_last_spec(in[0].dtype, a.shape, in[0].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const PoolSizes s = pool_sizes(a.shape, a.pool, "avg_pool2d_grad");
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0);
      std::vector<double> dx(static_cast<std::size_t>(call.results[0].numel()));  // row-major
      for_each_window(s, [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, const Window& w) {
        const double share = static_cast<double>(dy(b, c, i, j)) / static_cast<double>(w.count);
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column)
            dx[static_cast<std::size_t>(((b * s.channels + c) * s.input.h + row) * s.input.w + column)] += share;
      });
      const auto out = call.out<T>();
      for (std::size_t i = 0; i < dx.size(); ++i) out.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(dx[i]);
    });
  }

  static Grads backward(const BackwardContext& ctx) { return {avg_pool2d(ctx.grad(), ctx.attrs<Attrs>().pool)}; }

  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 2, 2}, .values = {4, 8, 12, 16}};
    return {
        {.attrs = grad_settings({1, 1, 4, 4}),
         .inputs = {dy},
         .expect = {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}},
        {.attrs = grad_settings({1, 1, 3, 3}, {.stride = 1}), .inputs = {dy}, .expect = {1, 3, 2, 4, 10, 6, 3, 7, 4}},
        {.attrs = grad_settings({1, 1, 2, 2}, {.stride = 2, .padding = 1}), .inputs = {dy}, .expect = {1, 2, 3, 4}},
        {.attrs = grad_settings({1, 1, 2, 2}, {.stride = 2, .padding = 1, .count_include_pad = false}),
         .inputs = {dy},
         .expect = {4, 8, 12, 16}},
        {.attrs = grad_settings({2, 2, 3, 4}, {.kernel_size = 3, .stride = {2, 1}, .padding = {1, 0}}),
         .inputs = {{.shape = {2, 2, 2, 2}}}},
        {.attrs = grad_settings({0, 1, 4, 4}), .inputs = {{.shape = {0, 1, 2, 2}}}},
        {.attrs = grad_settings({1, 1, 6, 4}), .inputs = {dy}, .error = "the pool gives [1, 1, 3, 2]"},
        {.attrs = grad_settings({1, 1, 4, 4}),
         .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::i32}},
         .error = "dy is i32"},
    };
  }
};

Tensor pool_grad(const Tensor& dy, const Pool2dGradAttrs& attrs) { return apply_one<AvgPool2dGrad>(attrs, {dy}, {}); }

}  // namespace

std::vector<const Op*> ops_avg_pool2d() { return {&op_of<AvgPool2d>(), &op_of<AvgPool2dGrad>()}; }

Tensor avg_pool2d(Arg x, const Pool2dAttrs& attrs) { return apply_one<AvgPool2d>(attrs, {x.tensor()}, x.site()); }

}  // namespace percept
