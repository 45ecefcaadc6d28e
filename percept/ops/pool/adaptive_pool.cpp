// adaptive_pool.cpp - pools whose result's size is given: a plain pool where it divides, windows of two sizes
// otherwise.
#include <cmath>
#include <limits>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/pool/adaptive.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- what all share ---

void check_adaptive(const char* who, const Shape& x, Size2 output) {
  check_image(who, "x", x);
  check_range(who, "output size", output, 1);
  checked_mul(checked_add(output.h, 1), x[2]);  // what the windows' edges are computed from
  checked_mul(checked_add(output.w, 1), x[3]);
}

Shape pooled_shape(const Shape& x, Size2 output) { return {x[0], x[1], output.h, output.w}; }

// f(b, c, i, j, first row, end row, first column, end column) for every window, row-major.
template <class F>
void for_each_window(const Shape& x, Size2 output, F&& f) {
  for (std::int64_t b = 0; b < x[0]; ++b)
    for (std::int64_t c = 0; c < x[1]; ++c)
      for (std::int64_t i = 0; i < output.h; ++i)
        for (std::int64_t j = 0; j < output.w; ++j)
          f(b, c, i, j, adaptive_first(i, x[2], output.h), adaptive_end(i, x[2], output.h),
            adaptive_first(j, x[3], output.w), adaptive_end(j, x[3], output.w));
}

bool divides(const Shape& x, Size2 output) { return x[2] % output.h == 0 && x[3] % output.w == 0; }
Pool2dAttrs even_windows(const Shape& x, Size2 output) {
  return {.kernel_size = {x[2] / output.h, x[3] / output.w}, .stride = {x[2] / output.h, x[3] / output.w}};
}

percept::Attrs settings(Size2 output) { return percept::Attrs::of(AdaptiveAttrs{output}); }
percept::Attrs grad_settings(Size2 output, Shape shape) {
  return percept::Attrs::of(AdaptiveGradAttrs{output, std::move(shape)});
}

Tensor avg_windows(const Tensor& x, Size2 output);
Tensor avg_windows_grad(const Tensor& dy, Size2 output, const Shape& shape);
Tensor max_windows(const Tensor& x, Size2 output);

std::vector<Sample> with_refusals(const std::string& who, std::vector<Sample> samples) {
  const SampleInput image{.shape = {1, 1, 3, 3}};
  samples.insert(
      samples.end(),
      {{.attrs = settings(2), .inputs = {{.shape = {3, 3}}}, .error = who + ": x is [3, 3], of rank 2"},
       {.attrs = settings({2, 0}), .inputs = {image}, .error = who + ": output size is [2, 0]"},
       {.attrs = settings(-1), .inputs = {image}, .error = who + ": output size is [-1, -1]"},
       {.attrs = settings(std::int64_t{1} << 62), .inputs = {image}, .error = who + ": output size is"},
       {.attrs = settings(2), .inputs = {{.shape = {1, 1, 0, 3}}}, .error = "images without elements"},
       {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3, 3}, .dtype = DType::i64}}, .error = who + ": x is i64"}});
  return samples;
}

// --- adaptive_avg_windows ---

struct AdaptiveAvgWindows {
  using Attrs = AdaptiveAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_avg_windows";
  static constexpr std::string_view doc =
      "adaptive_avg_pool2d for any sizes: y[b,c,i,j] = the mean of rows i*H/H' .. (i+1)*H/H' (rounded down and up) "
      "and\n"
      "columns likewise. x: [B, C, H, W], floating. Result: [B, C, H', W'] (output_size), stored channels-last.\n"
      "Errors: rank other than 4, no elements, an output size below 1, integers.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Size2 output = attrs.as<Attrs>().output_size;
    check_adaptive("adaptive_avg_windows", in[0].shape, output);
    check_floating("adaptive_avg_windows", "x", in[0].dtype);
    return {channels_last_spec(in[0].dtype, pooled_shape(in[0].shape, output), in[0].device)};
  }

  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>();
      for_each_window(x.shape, call.attrs.as<Attrs>().output_size,
                      [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t first_row,
                          std::int64_t end_row, std::int64_t first_column, std::int64_t end_column) {
                        double sum = 0;
                        for (std::int64_t row = first_row; row < end_row; ++row)
                          for (std::int64_t column = first_column; column < end_column; ++column)
                            sum += static_cast<double>(x(b, c, row, column));
                        const std::int64_t count = (end_row - first_row) * (end_column - first_column);
                        y(b, c, i, j) = rounded_to<T>(sum / static_cast<double>(count));
                      });
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    return {avg_windows_grad(ctx.grad(), ctx.attrs<Attrs>().output_size, ctx.input_spec(0).shape)};
  }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 3, 3}};
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {image}, .expect = {2, 3, 5, 6}},
                             {.attrs = settings({1, 2}), .inputs = {image}, .expect = {3.5, 4.5}},
                             {.attrs = settings({2, 3}),  // more columns than there are: each twice or shared
                              .inputs = {{.shape = {1, 1, 1, 2}}},
                              .expect = {0, 0.5, 1, 0, 0.5, 1}},
                             {.attrs = settings({2, 3}), .inputs = {{.shape = {2, 2, 5, 4}}}},
                             {.attrs = settings(4), .inputs = {{.shape = {1, 1, 3, 3}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {0, 2, 3, 3}}}},
                         });
  }
};

// --- adaptive_avg_windows_grad ---

struct AdaptiveAvgWindowsGrad {
  using Attrs = AdaptiveGradAttrs;
  static constexpr int arity = 1;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_avg_windows_grad";
  static constexpr std::string_view doc =
      "d(loss)/dx of adaptive_avg_windows: each element of dy, divided by its window's number of pixels, added to\n"
      "them. dy: [B, C, H', W'] (output_size), floating. Result: [B, C, H, W] (`shape`), stored channels-last.\n"
      "Errors: those of adaptive_avg_windows; dy of another shape than the pool gives.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    check_adaptive("adaptive_avg_windows_grad", a.shape, a.output_size);
    check_floating("adaptive_avg_windows_grad", "dy", in[0].dtype);
    if (in[0].shape != pooled_shape(a.shape, a.output_size))
      throw ShapeError("adaptive_avg_windows_grad: dy is " + str(in[0].shape) + ", the pool gives " +
                           str(pooled_shape(a.shape, a.output_size)),
                       "pass the gradient of the pool's result");
    return {channels_last_spec(in[0].dtype, a.shape, in[0].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0);
      std::vector<double> dx(static_cast<std::size_t>(call.results[0].numel()));  // row-major
      for_each_window(a.shape, a.output_size,
                      [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t first_row,
                          std::int64_t end_row, std::int64_t first_column, std::int64_t end_column) {
                        const std::int64_t count = (end_row - first_row) * (end_column - first_column);
                        const double share = static_cast<double>(dy(b, c, i, j)) / static_cast<double>(count);
                        const std::int64_t plane = (b * a.shape[1] + c) * a.shape[2];
                        for (std::int64_t row = first_row; row < end_row; ++row)
                          for (std::int64_t column = first_column; column < end_column; ++column)
                            dx[static_cast<std::size_t>((plane + row) * a.shape[3] + column)] += share;
                      });
      const auto out = call.out<T>();
      for (std::size_t i = 0; i < dx.size(); ++i) out.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(dx[i]);
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    return {avg_windows(ctx.grad(), ctx.attrs<Attrs>().output_size)};
  }

  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 2, 2}, .values = {4, 8, 12, 16}};
    return {
        {.attrs = grad_settings(2, {1, 1, 3, 3}), .inputs = {dy}, .expect = {1, 3, 2, 4, 10, 6, 3, 7, 4}},
        {.attrs = grad_settings(2, {1, 1, 1, 2}), .inputs = {dy}, .expect = {16, 24}},
        {.attrs = grad_settings({2, 3}, {2, 2, 5, 4}), .inputs = {{.shape = {2, 2, 2, 3}}}},
        {.attrs = grad_settings(2, {0, 2, 3, 3}), .inputs = {{.shape = {0, 2, 2, 2}}}},
        {.attrs = grad_settings(3, {1, 1, 4, 4}), .inputs = {dy}, .error = "the pool gives [1, 1, 3, 3]"},
        {.attrs = grad_settings(0, {1, 1, 4, 4}), .inputs = {dy}, .error = "output size is [0, 0]"},
        {.attrs = grad_settings(2, {1, 4, 4}), .inputs = {dy}, .error = "of rank 3"},
        {.attrs = grad_settings(2, {1, 1, 3, 3}),
         .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::i32}},
         .error = "dy is i32"},
    };
  }
};

// --- adaptive_max_windows ---

struct AdaptiveMaxWindows {
  using Attrs = AdaptiveAttrs;
  static constexpr int arity = 1, results = 2, batch_axis = 0;
  static constexpr std::uint32_t saves_results = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_max_windows";
  static constexpr std::string_view doc =
      "adaptive_max_pool2d for any sizes: the maximum of each window of adaptive_avg_windows.\n"
      "x: [B, C, H, W], floating. Results: y [B, C, H', W'] (output_size), stored channels-last, and indices (i32, of\n"
      "y's shape): row * W + column of the maximum, the first of equals. A NaN in a window is its maximum.\n"
      "Errors: those of adaptive_avg_windows.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Size2 output = attrs.as<Attrs>().output_size;
    check_adaptive("adaptive_max_windows", in[0].shape, output);
    if (in[0].shape[2] > std::numeric_limits<std::int32_t>::max() / in[0].shape[3])
      throw ShapeError("adaptive_max_windows: x is " + str(in[0].shape) + ", too large for indices of 32 bits",
                       "pool images of fewer than 2^31 pixels");
    check_floating("adaptive_max_windows", "x", in[0].dtype);
    const Shape pooled = pooled_shape(in[0].shape, output);
    return {channels_last_spec(in[0].dtype, pooled, in[0].device),
            channels_last_spec(DType::i32, pooled, in[0].device)};
  }

  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>(0);
      const auto indices = call.out<std::int32_t>(1);
      for_each_window(x.shape, call.attrs.as<Attrs>().output_size,
                      [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t first_row,
                          std::int64_t end_row, std::int64_t first_column, std::int64_t end_column) {
                        std::int64_t best_row = first_row, best_column = first_column;
                        double best = static_cast<double>(x(b, c, first_row, first_column));
                        for (std::int64_t row = first_row; row < end_row; ++row)
                          for (std::int64_t column = first_column; column < end_column; ++column) {
                            const double value = static_cast<double>(x(b, c, row, column));
                            if (!(value > best || (std::isnan(value) && !std::isnan(best)))) continue;
                            best = value;
                            best_row = row;
                            best_column = column;
                          }
                        y(b, c, i, j) = x(b, c, best_row, best_column);
                        indices(b, c, i, j) = static_cast<std::int32_t>(best_row * x.size(3) + best_column);
                      });
    });
  }

  // Nothing flows through the indices. Windows may share a maximum: its gradients add up.
  static Grads backward(const BackwardContext& ctx) {
    const Shape& x = ctx.input_spec(0).shape;
    const Tensor dy = ctx.grad(0), indices = ctx.result(1).detach();
    const Shape planes{x[0], x[1], indices.shape()[2] * indices.shape()[3]};
    const Tensor dx = scatter_add(reshape(indices, planes), reshape(dy, planes), 2, {x[0], x[1], x[2] * x[3]});
    return {reshape(dx, x)};
  }

  static std::vector<Sample> samples() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const SampleInput image{.shape = {1, 1, 3, 3}};
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {image}, .expect = {4, 5, 7, 8}, .more = {{4, 5, 7, 8}}},
                             {.attrs = settings({1, 2}),  // the first of equals
                              .inputs = {{.shape = {1, 1, 1, 3}, .values = {-1, -1, nan}}},
                              .expect = {-1, nan},
                              .more = {{0, 2}}},
                             {.attrs = settings({2, 3}), .inputs = {{.shape = {2, 2, 5, 4}}}},
                             {.attrs = settings(4), .inputs = {{.shape = {1, 1, 3, 3}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {0, 2, 3, 3}}}},
                         });
  }
};

Tensor avg_windows(const Tensor& x, Size2 output) { return apply_one<AdaptiveAvgWindows>({output}, {x}, {}); }
Tensor avg_windows_grad(const Tensor& dy, Size2 output, const Shape& shape) {
  return apply_one<AdaptiveAvgWindowsGrad>({output, shape}, {dy}, {});
}
Tensor max_windows(const Tensor& x, Size2 output) { return apply_one<AdaptiveMaxWindows>({output}, {x}, {}); }

// --- adaptive_avg_pool2d, adaptive_max_pool2d ---

struct AdaptiveAvgPool2d {
  using Attrs = AdaptiveAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_avg_pool2d";
  static constexpr std::string_view doc =
      "y[b,c,i,j] = the mean of rows i*H/H' .. (i+1)*H/H' (rounded down and up) and columns likewise of x[b,c]:\n"
      "a result of output_size whatever x's size. x: [B, C, H, W], floating. Result: [B, C, H', W'], stored\n"
      "channels-last. Errors: rank other than 4, no elements, an output size below 1, integers.\n"
      "Source: PyTorch's AdaptiveAvgPool2d. Composed of avg_pool2d where the sizes divide.";
  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Size2 output = attrs.as<Attrs>().output_size;
    check_adaptive("adaptive_avg_pool2d", in[0].shape(), output);
    check_floating("adaptive_avg_pool2d", "x", in[0].dtype());
    if (!divides(in[0].shape(), output)) return {avg_windows(in[0], output)};
    return {avg_pool2d(in[0], even_windows(in[0].shape(), output))};
  }
  static std::vector<Sample> samples() {
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3, 3}}}, .expect = {2, 3, 5, 6}},
                             {.attrs = settings({2, 1}), .inputs = {{.shape = {1, 1, 4, 2}}}, .expect = {1.5, 5.5}},
                             {.attrs = settings(1), .inputs = {{.shape = {1, 2, 2, 2}}}, .expect = {1.5, 5.5}},
                             {.attrs = settings({2, 3}), .inputs = {{.shape = {2, 2, 4, 4}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {2, 1, 4, 2}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {0, 2, 4, 4}}}},
                         });
  }
};

struct AdaptiveMaxPool2d {
  using Attrs = AdaptiveAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_max_pool2d";
  static constexpr std::string_view doc =
      "y[b,c,i,j] = the maximum of rows i*H/H' .. (i+1)*H/H' (rounded down and up) and columns likewise of x[b,c]; "
      "the\n"
      "first of equals has the gradient. x: [B, C, H, W], floating. Result: [B, C, H', W'] (output_size), stored\n"
      "channels-last. Errors: those of adaptive_avg_pool2d. Composed of max_pool2d where the sizes divide.";
  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Size2 output = attrs.as<Attrs>().output_size;
    check_adaptive("adaptive_max_pool2d", in[0].shape(), output);
    check_floating("adaptive_max_pool2d", "x", in[0].dtype());
    if (!divides(in[0].shape(), output)) return {max_windows(in[0], output)};
    return {max_pool2d(in[0], even_windows(in[0].shape(), output))};
  }
  static std::vector<Sample> samples() {
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3, 3}}}, .expect = {4, 5, 7, 8}},
                             {.attrs = settings({2, 1}), .inputs = {{.shape = {1, 1, 4, 2}}}, .expect = {3, 7}},
                             {.attrs = settings({2, 3}), .inputs = {{.shape = {2, 2, 4, 4}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {2, 1, 4, 2}}}},
                             {.attrs = settings(2), .inputs = {{.shape = {0, 2, 4, 4}}}},
                         });
  }
};

}  // namespace

std::vector<const Op*> ops_adaptive_pool() {
  return {&op_of<AdaptiveAvgWindows>(), &op_of<AdaptiveAvgWindowsGrad>(), &op_of<AdaptiveMaxWindows>(),
          &op_of<AdaptiveAvgPool2d>(), &op_of<AdaptiveMaxPool2d>()};
}

Tensor adaptive_avg_pool2d(Arg x, Size2 output_size) {
  return apply_one<AdaptiveAvgPool2d>({output_size}, {x.tensor()}, x.site());
}
Tensor adaptive_max_pool2d(Arg x, Size2 output_size) {
  return apply_one<AdaptiveMaxPool2d>({output_size}, {x.tensor()}, x.site());
}

}  // namespace percept
