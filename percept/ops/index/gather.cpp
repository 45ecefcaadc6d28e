// gather.cpp - elements looked up by index along one axis, and its reverse: values added where indices say.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/index/each_index.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// --- gather ---

struct Gather {
  using Attrs = GatherAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "gather";
  static constexpr std::string_view doc =
      "y[i, j, k] = x[i, index[i, j, k], k] for axis 1 of three, and so on, as PyTorch's gather.\n"
      "x: rank >= 1, any dtype. index: as many axes, u8, i32 or i64, no larger than x along any axis but `axis`.\n"
      "Result: shape of index, dtype of x, row-major. Errors: ranks, sizes and dtypes that do not fit; in every\n"
      "build, an index outside 0..size-1 (negative ones too): its value, place and the range are named.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const int axis = checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "gather");
    check_index_dtype("gather", "index", in[1].dtype);
    check_index_shape("gather", "x", in[0].shape, in[1].shape, axis);
    return {contiguous_spec(in[0].dtype, in[1].shape, in[0].device)};
  }

  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>();
      for_each_index(call, "gather", 1, call.inputs[0].shape, call.attrs.as<Attrs>().axis,
                     [&](std::int64_t to, std::int64_t from) { y.flat(to) = x.flat(from); });
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    return {scatter_add(ctx.input(1), ctx.grad(), ctx.attrs<Attrs>().axis, ctx.input_spec(0).shape), {}};
  }

  static std::vector<Sample> samples() {
    const auto along = [](int axis) { return percept::Attrs::of(Attrs{.axis = axis}); };
    const SampleInput table{.shape = {2, 3}};  // 0..5
    return {
        {.attrs = along(1), .inputs = {table, indices({2, 1}, {2, 0})}, .expect = {2, 3}},
        {.attrs = along(0), .inputs = {table, indices({1, 3}, {1, 0, 1}, DType::u8)}, .expect = {3, 1, 5}},
        {.attrs = along(0),
         .inputs = {table, indices({3, 2}, {1, 1, 0, 0, 1, 0}, DType::i32)},
         .expect = {3, 4, 0, 1, 3, 1}},
        {.attrs = along(-1), .inputs = {{.shape = {3}}, indices({4}, {2, 2, 0, 1})}, .expect = {2, 2, 0, 1}},
        {.attrs = along(1),
         .inputs = {{.shape = {1, 2, 2}}, indices({1, 3, 1}, {1, 0, 1})},  // [0, index, 0]
         .expect = {2, 0, 2}},
        {.attrs = along(1),
         .inputs = {{.shape = {1, 2}, .values = {7, 9}, .dtype = DType::i64}, indices({1, 2}, {1, 0})},
         .expect = {9, 7}},
        {.attrs = along(1), .inputs = {{.shape = {2, 4, 3}}, indices({2, 2, 2}, {3, 0, 0, 0, 1, 2, 2, 2})}},
        {.attrs = along(0), .inputs = {table, indices({0, 3}, {})}},
        {.attrs = along(1), .inputs = {{.shape = {0, 3}}, indices({0, 2}, {})}},
        {.attrs = along(1), .inputs = {table, indices({2, 1}, {2, 3})}, .error = "gather: index 3 at [1, 0]"},
        {.attrs = along(1), .inputs = {table, indices({2, 1}, {-1, 7})}, .error = "gather: index -1 at [0, 0]"},
        {.attrs = along(1), .inputs = {{.shape = {2, 0}}, indices({2, 1}, {0, 0})}, .error = "the axis has size 0"},
        {.attrs = along(1), .inputs = {table, indices({2}, {0, 0})}, .error = "x is [2, 3], index is [2]"},
        {.attrs = along(1), .inputs = {table, indices({3, 1}, {0, 0, 0})}, .error = "x is [2, 3], index is [3, 1]"},
        {.attrs = along(2), .inputs = {table, indices({2, 1}, {0, 0})}, .error = "gather: axis 2 is out of range"},
        {.attrs = along(0), .inputs = {{.shape = {}}, indices({}, {0})}, .error = "out of range for rank 0"},
        {.attrs = along(1), .inputs = {table, {.shape = {2, 1}}}, .error = "gather: index is"},
    };
  }
};

// --- scatter_add ---

struct ScatterAdd {
  using Attrs = ScatterAddAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b01;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "scatter_add";
  static constexpr std::string_view doc =
      "y = zeros of `shape`, then y[i, index[i, j, k], k] += values[i, j, k] in row-major order: gather's gradient.\n"
      "index: u8, i32 or i64, no larger than `shape` along any axis but `axis`. values: index's shape, any dtype but\n"
      "bool. Result: `shape`, dtype of values, row-major. Errors: as gather's.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const int axis = checked_axis(a.axis, a.shape.rank(), "scatter_add");
    check_index_dtype("scatter_add", "index", in[0].dtype);
    if (in[1].dtype == DType::boolean)
      throw DTypeError("scatter_add: values are bool", "booleans do not add; cast them to a number type");
    if (in[0].shape != in[1].shape)
      throw ShapeError("scatter_add: index is " + str(in[0].shape) + ", values are " + str(in[1].shape),
                       "they must have one shape");
    check_index_shape("scatter_add", "the result", a.shape, in[0].shape, axis);
    return {contiguous_spec(in[1].dtype, a.shape, in[1].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    visit_dtype(call.inputs[1].dtype, [&]<class T>(T) {
      const auto values = call.in<T>(1);
      std::vector<Accumulator<T>> sums(static_cast<std::size_t>(call.results[0].numel()));
      for_each_index(call, "scatter_add", 0, a.shape, a.axis, [&](std::int64_t from, std::int64_t to) {
        sums[static_cast<std::size_t>(to)] += static_cast<Accumulator<T>>(values.flat(from));
      });
      const auto y = call.out<T>();
      for (std::size_t i = 0; i < sums.size(); ++i) {
        if constexpr (std::is_integral_v<T>)
          y.flat(static_cast<std::int64_t>(i)) = static_cast<T>(sums[i]);
        else
          y.flat(static_cast<std::int64_t>(i)) = rounded_to<T>(sums[i]);
      }
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    return {{}, gather(ctx.grad(), ctx.attrs<Attrs>().axis, ctx.input(0))};
  }

  static std::vector<Sample> samples() {
    const auto into = [](Shape shape, int axis) {
      return percept::Attrs::of(Attrs{.axis = axis, .shape = std::move(shape)});
    };
    return {
        {.attrs = into({2, 3}, 1),
         .inputs = {indices({2, 2}, {2, 0, 1, 1}), {.shape = {2, 2}, .values = {1, 2, 3, 4}}},
         .expect = {2, 0, 1, 0, 7, 0}},  // 3 + 4 meet
        {.attrs = into({2, 2}, 0),
         .inputs = {indices({3, 1}, {1, 0, 1}, DType::u8), {.shape = {3, 1}, .values = {1, 2, 3}}},
         .expect = {2, 0, 4, 0}},
        {.attrs = into({3}, -1),
         .inputs = {indices({2}, {2, 2}, DType::i32), {.shape = {2}, .values = {5, 6}, .dtype = DType::i32}},
         .expect = {0, 0, 11}},
        {.attrs = into({2, 4, 2}, 1), .inputs = {indices({2, 2, 2}, {3, 0, 0, 0, 1, 2, 1, 2}), {.shape = {2, 2, 2}}}},
        {.attrs = into({2, 2}, 1), .inputs = {indices({2, 0}, {}), {.shape = {2, 0}}}, .expect = {0, 0, 0, 0}},
        {.attrs = into({0, 2}, 1), .inputs = {indices({0, 1}, {}), {.shape = {0, 1}}}},
        {.attrs = into({2, 3}, 1),
         .inputs = {indices({2, 1}, {0, 5}), {.shape = {2, 1}}},
         .error = "scatter_add: index 5 at [1, 0]"},
        {.attrs = into({2, 3}, 1),
         .inputs = {indices({2, 1}, {0, 0}), {.shape = {1, 2}}},
         .error = "index is [2, 1], values are [1, 2]"},
        {.attrs = into({2, 3}, 1),
         .inputs = {indices({3, 1}, {0, 0, 0}), {.shape = {3, 1}}},
         .error = "the result is [2, 3], index is [3, 1]"},
        {.attrs = into({2, 3}, 5), .inputs = {indices({2, 1}, {0, 0}), {.shape = {2, 1}}}, .error = "axis 5 is out of"},
        {.attrs = into({-2, 3}, 1), .inputs = {indices({0, 1}, {}), {.shape = {0, 1}}}, .error = "-2"},
        {.attrs = into({2}, 0),
         .inputs = {indices({1}, {0}), {.shape = {1}, .dtype = DType::boolean}},
         .error = "values are bool"},
        {.attrs = into({2}, 0), .inputs = {{.shape = {1}}, {.shape = {1}}}, .error = "scatter_add: index is"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_gather() { return {&op_of<Gather>(), &op_of<ScatterAdd>()}; }

Tensor gather(Arg x, int axis, Arg index) {
  return apply_one<Gather>({.axis = axis}, {x.tensor(), index.tensor()}, x.site());
}
Tensor scatter_add(Arg index, Arg values, int axis, const Shape& shape) {
  return apply_one<ScatterAdd>({.axis = axis, .shape = shape}, {index.tensor(), values.tensor()}, values.site());
}

}  // namespace percept
