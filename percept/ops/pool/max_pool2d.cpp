// max_pool2d.cpp - the maximum of each window, where it was, and the way back.
#include <cmath>
#include <limits>

#include "percept/ops/apply.h"
#include "percept/ops/pool/pool2d.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- what the three share ---

Shape pooled_shape(const PoolSizes& s) { return {s.batch, s.channels, s.output.h, s.output.w}; }

PoolSizes max_pool_sizes(const Shape& x, const Pool2dAttrs& attrs, const char* who) {
  const PoolSizes sizes = pool_sizes(x, attrs, who);
  if (sizes.input.h > std::numeric_limits<std::int32_t>::max() / sizes.input.w)
    throw ShapeError(std::string(who) + ": x is " + str(x) + ", too large for indices of 32 bits",
                     "pool images of fewer than 2^31 pixels");
  return sizes;
}

void check_pooled(const char* who, const char* what, const Shape& shape, const PoolSizes& sizes) {
  if (shape != pooled_shape(sizes))
    throw ShapeError(
        std::string(who) + ": " + what + " is " + str(shape) + ", the pool gives " + str(pooled_shape(sizes)),
        "pass what belongs to the pool's result");
}

void check_indices(const char* who, const Spec& indices) {
  if (indices.dtype != DType::i32)
    throw DTypeError(std::string(who) + ": indices are " + std::string(name_of(indices.dtype)),
                     "pass the i32 indices of max_pool2d");
}

// Whether the index names a pixel of the plane; if not, it is reported.
bool check_index(const Call& call, const char* who, std::int64_t index, std::int64_t position, const Size2& plane) {
  if (index >= 0 && index < plane.h * plane.w) return true;
  call.buffers.report->report(position,
                              std::string(who) + ": index " + std::to_string(index) + " at element " +
                                  std::to_string(position) + " is outside the plane " + str(Dims{plane.h, plane.w}),
                              "pass the indices of max_pool2d on images of this shape");
  return false;
}

// f(b, c, row, column, position) for every element of the pooled image, row-major.
template <class F>
void for_each_pooled(const PoolSizes& s, F&& f) {
  std::int64_t position = 0;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t row = 0; row < s.output.h; ++row)
        for (std::int64_t column = 0; column < s.output.w; ++column) f(b, c, row, column, position++);
}

percept::Attrs settings(Pool2dAttrs pool) { return percept::Attrs::of(pool); }
percept::Attrs grad_settings(Shape shape, Pool2dAttrs pool = {}) {
  return percept::Attrs::of(Pool2dGradAttrs{.pool = pool, .shape = std::move(shape)});
}

Tensor pool_grad(const Tensor& dy, const Tensor& indices, const Pool2dGradAttrs& attrs);
Tensor pick(const Tensor& x, const Tensor& indices, const Pool2dGradAttrs& attrs);

// --- max_pool2d ---

struct MaxPool2d {
  using Attrs = Pool2dAttrs;
  static constexpr int arity = 1, results = 2, batch_axis = 0;
  static constexpr std::uint32_t saves_results = 0b10;
  static constexpr std::uint32_t may_lack = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "max_pool2d";
  static constexpr std::string_view doc =
      "y[b,c,i,j] = max of x[b, c, i*stride-pad .. +kernel_size, j*stride-pad .. +kernel_size]; padding is -inf.\n"
      "x: [B, C, H, W], floating. Results, stored channels-last: y [B, C, H', W'], and indices (i32): row * W +\n"
      "column of the maximum in its plane, the first of equals. A NaN in a window is its maximum.\n"
      "kernel_size, stride (0: the kernel's size), padding: a number, a pair, \"valid\" or \"same\"; H' as in conv2d.\n"
      "Errors: rank other than 4, sizes below 1, padding above half of kernel_size, windows larger than the image.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const PoolSizes sizes = max_pool_sizes(in[0].shape, attrs.as<Attrs>(), "max_pool2d");
    check_floating("max_pool2d", "x", in[0].dtype);
    return {channels_last_spec(in[0].dtype, pooled_shape(sizes), in[0].device),
            channels_last_spec(DType::i32, pooled_shape(sizes), in[0].device)};
  }

  static void forward(const Call& call) {
    const PoolSizes s = pool_sizes(call.inputs[0].shape, call.attrs.as<Attrs>(), "max_pool2d");
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>(0);
      const bool with_indices = call.results.size() > 1;
      for_each_pooled(s, [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t) {
        const std::int64_t first_row = std::max<std::int64_t>(i * s.stride.h - s.pads.top, 0);
        const std::int64_t first_column = std::max<std::int64_t>(j * s.stride.w - s.pads.left, 0);
        const std::int64_t end_row = std::min(i * s.stride.h - s.pads.top + s.kernel.h, s.input.h);
        const std::int64_t end_column = std::min(j * s.stride.w - s.pads.left + s.kernel.w, s.input.w);
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
        if (with_indices)
          call.out<std::int32_t>(1)(b, c, i, j) = static_cast<std::int32_t>(best_row * s.input.w + best_column);
      });
    });
  }

  // Indices count from the image's first pixel, which a part does not know.
  static std::optional<Region> part(const percept::Attrs& attrs, Specs in, Specs results, const Region& of_input) {
    if (results.size() > 1) return {};
    return pooled_part(pool_sizes(in[0].shape, attrs.as<Attrs>(), "max_pool2d"), of_input);
  }

  // Nothing flows through the indices.
  static Grads backward(const BackwardContext& ctx) {
    return {pool_grad(ctx.grad(0), ctx.result(1).detach(), {ctx.attrs<Attrs>(), ctx.input_spec(0).shape})};
  }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 4, 4}}, small{.shape = {1, 1, 3, 3}};  // 0..15, 0..8
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    return {
        {.attrs = settings({}), .inputs = {image}, .expect = {5, 7, 13, 15}, .more = {{5, 7, 13, 15}}},
        {.attrs = settings({.stride = 1}),  // overlapping
         .inputs = {small},
         .expect = {4, 5, 7, 8},
         .more = {{4, 5, 7, 8}}},
        {.attrs = settings({.kernel_size = {1, 3}, .stride = {2, 1}}),
         .inputs = {small},
         .expect = {2, 8},
         .more = {{2, 8}}},
        {.attrs = settings({.stride = 2, .padding = 1}),  // padding never wins, not even over negative numbers
         .inputs = {{.shape = {1, 1, 2, 2}, .values = {-4, -3, -2, -1}}},
         .expect = {-4, -3, -2, -1},
         .more = {{0, 1, 2, 3}}},
        {.attrs = settings({.padding = "same"}),  // 3 x 3: one row below and one column right
         .inputs = {small},
         .expect = {4, 5, 7, 8},
         .more = {{4, 5, 7, 8}}},
        {.attrs = settings({}),
         .inputs = {{.shape = {1, 1, 2, 2}, .values = {3, 3, 3, 3}}},
         .expect = {3},
         .more = {{0}}},
        {.attrs = settings({.kernel_size = {1, 2}}),
         .inputs = {{.shape = {1, 1, 2, 4}, .values = {1, nan, nan, 2, -inf, -inf, -inf, inf}}},
         .expect = {nan, nan, -inf, inf},
         .more = {{1, 2, 4, 7}}},
        {.attrs = settings({.kernel_size = 1}), .inputs = {{.shape = {1, 1, 1, 1}}}, .expect = {0}, .more = {{0}}},
        {.attrs = settings({.kernel_size = 3, .stride = {2, 1}, .padding = {1, 0}}),
         .inputs = {{.shape = {2, 2, 3, 4}}}},
        {.attrs = settings({.kernel_size = 3, .stride = 2, .padding = "same"}), .inputs = {{.shape = {1, 2, 5, 4}}}},
        {.attrs = settings({}), .inputs = {{.shape = {0, 2, 4, 4}}}},
        {.attrs = settings({}), .inputs = {{.shape = {4, 4}}}, .error = "max_pool2d: x is [4, 4], of rank 2"},
        {.attrs = settings({.kernel_size = 0}), .inputs = {image}, .error = "kernel size is [0, 0]"},
        {.attrs = settings({.stride = {0, 1}}), .inputs = {image}, .error = "stride is [0, 1]"},
        {.attrs = settings({.stride = -1}), .inputs = {image}, .error = "stride is [-1, -1]"},
        {.attrs = settings({.padding = -1}), .inputs = {image}, .error = "padding is [-1, -1]"},
        {.attrs = settings({.padding = 2}), .inputs = {image}, .error = "padding [2, 2] is more than half of kernel"},
        {.attrs = settings({.kernel_size = 5}), .inputs = {image}, .error = "the output would be empty"},
        {.attrs = settings({}), .inputs = {{.shape = {1, 1, 0, 4}}}, .error = "images without elements"},
        {.attrs = settings({}), .inputs = {{.shape = {1, 1, 2, 2}, .dtype = DType::i64}}, .error = "x is i64"},
    };
  }
};

// --- max_pool2d_grad ---

struct MaxPool2dGrad {
  using Attrs = Pool2dGradAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "max_pool2d_grad";
  static constexpr std::string_view doc =
      "d(loss)/dx of max_pool2d: zeros, and each element of dy added to the pixel its index names, in row-major\n"
      "order.\n"
      "dy: [B, C, H', W'], floating. indices: likewise, i32. Result: [B, C, H, W] (`shape`), stored channels-last.\n"
      "Errors: those of max_pool2d; shapes that are not the pool's; an index outside its plane.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const PoolSizes sizes = max_pool_sizes(a.shape, a.pool, "max_pool2d_grad");
    check_floating("max_pool2d_grad", "dy", in[0].dtype);
    check_indices("max_pool2d_grad", in[1]);
    check_pooled("max_pool2d_grad", "dy", in[0].shape, sizes);
    check_pooled("max_pool2d_grad", "indices", in[1].shape, sizes);
    return {channels_last_spec(in[0].dtype, a.shape, in[0].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const PoolSizes s = pool_sizes(a.shape, a.pool, "max_pool2d_grad");
    const std::int64_t plane = s.input.h * s.input.w;
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0);
      const auto indices = call.in<std::int32_t>(1);
      std::vector<double> dx(static_cast<std::size_t>(call.results[0].numel()));  // planes in row-major order
      for_each_pooled(s, [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t position) {
        const std::int64_t index = indices(b, c, i, j);
        if (!check_index(call, "max_pool2d_grad", index, position, s.input)) return;
        dx[static_cast<std::size_t>((b * s.channels + c) * plane + index)] += static_cast<double>(dy(b, c, i, j));
      });
      const auto out = call.out<T>();
      for (std::size_t i = 0; i < dx.size(); ++i) out.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(dx[i]);
    });
  }

  static Grads backward(const BackwardContext& ctx) { return {pick(ctx.grad(), ctx.input(1), ctx.attrs<Attrs>()), {}}; }

  static std::vector<Sample> samples() {
    const SampleInput dy{.shape = {1, 1, 2, 2}, .values = {1, 2, 3, 4}};
    const auto at = [](std::vector<double> values) {
      return SampleInput{.shape = {1, 1, 2, 2}, .values = std::move(values), .dtype = DType::i32};
    };
    return {
        {.attrs = grad_settings({1, 1, 4, 4}),
         .inputs = {dy, at({5, 7, 13, 15})},
         .expect = {0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4}},
        {.attrs = grad_settings({1, 1, 3, 3}, {.stride = 1}),  // the middle is the maximum of all four windows
         .inputs = {dy, at({4, 4, 4, 4})},
         .expect = {0, 0, 0, 0, 10, 0, 0, 0, 0}},
        {.attrs = grad_settings({2, 1, 3, 2}, {.kernel_size = {2, 1}, .stride = 1}),
         .inputs = {{.shape = {2, 1, 2, 2}},
                    {.shape = {2, 1, 2, 2}, .values = {2, 1, 2, 5, 0, 3, 4, 3}, .dtype = DType::i32}}},
        {.attrs = grad_settings({0, 1, 4, 4}),
         .inputs = {{.shape = {0, 1, 2, 2}}, {.shape = {0, 1, 2, 2}, .dtype = DType::i32}}},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {dy, at({5, 16, 13, 15})}, .error = "index 16 at element 1"},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {dy, at({5, 7, -1, 15})}, .error = "index -1 at element 2"},
        {.attrs = grad_settings({1, 1, 6, 4}),
         .inputs = {dy, at({5, 7, 9, 11})},
         .error = "the pool gives [1, 1, 3, 2]"},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {dy, dy}, .error = "indices are"},
    };
  }
};

// --- max_pool2d_pick ---

struct MaxPool2dPick {
  using Attrs = Pool2dGradAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "max_pool2d_pick";
  static constexpr std::string_view doc =
      "The pixels that the indices of max_pool2d name: the gradient of max_pool2d_grad.\n"
      "x: [B, C, H, W] (`shape`), floating. indices: [B, C, H', W'], i32. Result: like indices, of x's dtype, stored\n"
      "channels-last. Errors: those of max_pool2d_grad.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const PoolSizes sizes = max_pool_sizes(a.shape, a.pool, "max_pool2d_pick");
    check_floating("max_pool2d_pick", "x", in[0].dtype);
    check_indices("max_pool2d_pick", in[1]);
    if (in[0].shape != a.shape)
      throw ShapeError("max_pool2d_pick: x is " + str(in[0].shape) + ", the pooled image was " + str(a.shape),
                       "pass an image of the pooled shape");
    check_pooled("max_pool2d_pick", "indices", in[1].shape, sizes);
    return {channels_last_spec(in[0].dtype, pooled_shape(sizes), in[0].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const PoolSizes s = pool_sizes(a.shape, a.pool, "max_pool2d_pick");
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto indices = call.in<std::int32_t>(1);
      const auto y = call.out<T>();
      for_each_pooled(s, [&](std::int64_t b, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t position) {
        const std::int64_t index = indices(b, c, i, j);
        const bool inside = check_index(call, "max_pool2d_pick", index, position, s.input);
        y(b, c, i, j) = inside ? x(b, c, index / s.input.w, index % s.input.w) : T{};
      });
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    return {pool_grad(ctx.grad(), ctx.input(1), ctx.attrs<Attrs>()), {}};
  }

  static std::vector<Sample> samples() {
    const SampleInput image{.shape = {1, 1, 4, 4}}, small{.shape = {1, 1, 3, 3}};
    const auto at = [](std::vector<double> values) {
      return SampleInput{.shape = {1, 1, 2, 2}, .values = std::move(values), .dtype = DType::i32};
    };
    return {
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {image, at({4, 3, 9, 10})}, .expect = {4, 3, 9, 10}},
        {.attrs = grad_settings({1, 1, 3, 3}, {.stride = 1}), .inputs = {small, at({4, 4, 4, 8})}},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {image, at({4, 3, 99, 10})}, .error = "index 99 at element 2"},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {small, at({4, 3, 9, 10})}, .error = "x is [1, 1, 3, 3]"},
        {.attrs = grad_settings({1, 1, 6, 4}),
         .inputs = {{.shape = {1, 1, 6, 4}}, at({4, 3, 9, 10})},
         .error = "the pool gives [1, 1, 3, 2]"},
        {.attrs = grad_settings({1, 1, 4, 4}), .inputs = {image, {.shape = {1, 1, 2, 2}}}, .error = "indices are"},
    };
  }
};

Tensor pool_grad(const Tensor& dy, const Tensor& indices, const Pool2dGradAttrs& attrs) {
  return apply_one<MaxPool2dGrad>(attrs, {dy, indices}, {});
}
Tensor pick(const Tensor& x, const Tensor& indices, const Pool2dGradAttrs& attrs) {
  return apply_one<MaxPool2dPick>(attrs, {x, indices}, {});
}

}  // namespace

std::vector<const Op*> ops_max_pool2d() {
  return {&op_of<MaxPool2d>(), &op_of<MaxPool2dGrad>(), &op_of<MaxPool2dPick>()};
}

Tensor max_pool2d(Arg x, const Pool2dAttrs& attrs) { return apply_one<MaxPool2d>(attrs, {x.tensor()}, x.site()); }

}  // namespace percept
