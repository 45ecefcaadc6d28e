// scatter.cpp - values put where indices say, over what is there.
#include "percept/ops/apply.h"
#include "percept/ops/index/each_index.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct Scatter {
  using Attrs = ScatterAttrs;
  static constexpr int arity = 3;
  static constexpr std::uint32_t saves_inputs = 0b010;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "scatter";
  static constexpr std::string_view doc =
      "y = x, then y[i, index[i, j, k], k] = values[i, j, k] for axis 1 of three, in row-major order: of several "
      "values\n"
      "for one place the last stays, and only it gets a gradient. x: rank >= 1, any dtype. index: as many axes, u8, "
      "i32\n"
      "or i64, no larger than x along any axis but `axis`. values: index's shape, x's dtype. Result row-major.\n"
      "Errors: ranks, sizes and dtypes that do not fit; in every build, an index outside 0..size-1.\n"
      "Source: PyTorch's scatter, which leaves open which value stays.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const int axis = checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "scatter");
    check_index_dtype("scatter", "index", in[1].dtype);
    check_index_shape("scatter", "x", in[0].shape, in[1].shape, axis);
    if (in[1].shape != in[2].shape)
      throw ShapeError("scatter: index is " + str(in[1].shape) + ", values are " + str(in[2].shape),
                       "they must have one shape");
    if (in[0].dtype != in[2].dtype)
      throw DTypeError(
          "scatter: x is " + std::string(name_of(in[0].dtype)) + ", values are " + std::string(name_of(in[2].dtype)),
          "cast the values to x's dtype");
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
  }
  static void forward(const Call& call) {
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0), values = call.in<T>(2);
      const auto y = call.out<T>();
      for (std::int64_t i = 0, count = call.inputs[0].numel(); i < count; ++i) y.flat(i) = x.flat(i);
      for_each_index(call, "scatter", 1, call.inputs[0].shape, call.attrs.as<Attrs>().axis,
                     [&](std::int64_t from, std::int64_t to) { y.flat(to) = values.flat(from); });
    });
  }
  static Grads backward(const BackwardContext& c) {
    const int axis = static_cast<int>(c.attrs<Attrs>().axis);
    const Tensor index = c.input(1), dy = c.grad();
    Grads grads(3);
    if (c.needs(0)) grads[0] = scatter(dy, axis, index, zeros(index.shape(), dy.dtype()));
    if (c.needs(2)) {
      // Each place remembers who wrote last; whoever was overwritten gets nothing.
      const DType counted = counting_dtype(index.numel());
      const Tensor order = reshape(cast(arange(index.numel()), counted), index.shape());
      const Tensor last = gather(scatter(zeros(dy.shape(), counted), axis, index, order), axis, index);
      grads[2] = where(last == order, gather(dy, axis, index), zeros({}, dy.dtype()));
    }
    return grads;
  }
  static std::vector<Sample> samples() {
    const auto along = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    const SampleInput x{.shape = {2, 3}};  // 0..5
    auto numbers = [](Shape shape, std::vector<double> values) {
      return SampleInput{.shape = std::move(shape), .values = std::move(values)};
    };
    constexpr double kLowest = -9223372036854775808.0;
    return {
        {.attrs = along(1),
         .inputs = {x, indices({2, 1}, {2, 0}), numbers({2, 1}, {8, 9})},
         .expect = {0, 1, 8, 9, 4, 5}},
        {.attrs = along(0),
         .inputs = {x, indices({2, 2}, {1, 0, 1, 0}, DType::u8), numbers({2, 2}, {6, 7, 8, 9})},
         .expect = {0, 9, 2, 8, 4, 5}},  // the later ones
        {.attrs = along(-1),
         .inputs = {numbers({3}, {1, 2, 3}), indices({2}, {1, 1}, DType::i32), numbers({2}, {5, 6})},
         .expect = {1, 6, 3}},
        {.attrs = along(1),
         .inputs = {{.shape = {2, 4, 3}},
                    indices({2, 2, 3}, {3, 0, 0, 0, 1, 0, 2, 2, 3, 2, 1, 3}),
                    {.shape = {2, 2, 3}}}},
        {.attrs = along(0), .inputs = {x, indices({2, 2}, {0, 1, 0, 0}), {.shape = {2, 2}}}},
        {.attrs = along(0), .inputs = {x, indices({0, 3}, {}), {.shape = {0, 3}}}},
        {.attrs = along(1), .inputs = {{.shape = {0, 3}}, indices({0, 2}, {}), {.shape = {0, 2}}}},
        {.attrs = along(1),
         .inputs = {x, indices({2, 1}, {2, 3}), {.shape = {2, 1}}},
         .error = "scatter: index 3 at [1, 0] is out of range"},
        {.attrs = along(1),
         .inputs = {x, indices({2, 1}, {-1, 3}), {.shape = {2, 1}}},
         .error = "scatter: index -1 at [0, 0]"},
        {.attrs = along(1),
         .inputs = {x, indices({1, 1}, {kLowest}), {.shape = {1, 1}}},
         .error = "index -9223372036854775808"},
        {.attrs = along(1),
         .inputs = {x, indices({2, 1}, {0, 0}), {.shape = {1, 2}}},
         .error = "index is [2, 1], values are [1, 2]"},
        {.attrs = along(1),
         .inputs = {x, indices({3, 1}, {0, 0, 0}), {.shape = {3, 1}}},
         .error = "x is [2, 3], index is [3, 1]"},
        {.attrs = along(1),
         .inputs = {x, indices({2, 1}, {0, 0}), {.shape = {2, 1}, .dtype = DType::i64}},
         .error = "values are i64"},
        {.attrs = along(2),
         .inputs = {x, indices({2, 1}, {0, 0}), {.shape = {2, 1}}},
         .error = "axis 2 is out of range"},
        {.attrs = along(0), .inputs = {x, {.shape = {2, 1}}, {.shape = {2, 1}}}, .error = "scatter: index is"},
    };
  }
};

}  // namespace

Tensor scatter(Arg x, int axis, Arg index, Arg values) {
  const Tensor table = x.tensor(), where_to = index.tensor();
  Tensor put = values.is_number() && table.defined() ? values.tensor(table.dtype()) : values.tensor();
  if (values.is_number() && where_to.defined()) put = expand(put, where_to.shape());
  return apply_one<Scatter>({axis}, {table, where_to, put}, x.site());
}

std::vector<const Op*> ops_scatter() { return {&op_of<Scatter>()}; }

}  // namespace percept
