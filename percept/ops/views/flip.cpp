// flip.cpp - entries in reverse order, and entries moved around in a circle.
#include <limits>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/views/copies.h"

namespace percept {
namespace {

struct Flip {
  using Attrs = FlipAttrs;
  static constexpr std::string_view name = "flip";
  static constexpr std::string_view doc =
      "x with the order of its entries along each of `axes` reversed: y[i] = x[n - 1 - i]. A copy, stored in x's "
      "order.\n"
      "Errors: an axis out of range or named twice. Source: PyTorch's flip.";
  static constexpr int arity = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Dims& axes = attrs.as<Attrs>().axes;
    std::uint64_t seen = 0;
    for (std::int64_t axis : axes) {
      const std::uint64_t bit = std::uint64_t{1} << checked_axis(axis, in[0].rank(), "flip");
      if (seen & bit)
        throw ShapeError("flip: axis " + std::to_string(axis) + " is named twice in " + str(axes),
                         "name each axis once");
      seen |= bit;
    }
    Spec result = contiguous_spec(in[0].dtype, in[0].shape, in[0].device);
    result.strides = dense_strides_like(in[0].shape, in[0].strides);
    return {result};
  }
  static void forward(const Call& call) {
    const Flipped from = flipped(call.inputs[0], call.attrs.as<Attrs>().axes);
    copy_elements(call, 0, from.strides, from.offset, call.results[0].strides, 0);
  }
  static Grads backward(const BackwardContext& c) { return {flip(c.grad(), c.attrs<Attrs>().axes)}; }
  static std::vector<Sample> samples() {
    auto over = [](Dims axes) { return percept::Attrs::of(Attrs{std::move(axes)}); };
    return {{.attrs = over({1}), .inputs = {{{2, 3}}}, .expect = {2, 1, 0, 5, 4, 3}},
            {.attrs = over({0, -1}), .inputs = {{{2, 3}}}, .expect = {5, 4, 3, 2, 1, 0}},
            {.attrs = over({}), .inputs = {{{2}}}, .expect = {0, 1}},
            {.attrs = over({0}), .inputs = {{{2}, {3, 4}, DType::i64}}, .expect = {4, 3}},
            {.attrs = over({2, 3}), .inputs = {{{2, 3, 4, 3}}}},
            {.attrs = over({1}), .inputs = {{{2, 3, 2}}}},
            {.attrs = over({0}), .inputs = {{{0, 3}}}},
            {.attrs = over({2}), .inputs = {{{2, 3}}}, .error = "flip: axis 2 is out of range"},
            {.attrs = over({0}), .inputs = {{{}}}, .error = "out of range for rank 0"},
            {.attrs = over({1, -1}), .inputs = {{{2, 3}}}, .error = "axis -1 is named twice"}};
  }
};

struct Roll {
  struct Attrs {
    Dims shifts, axes;
  };
  static constexpr std::string_view name = "roll";
  static constexpr std::string_view doc =
      "x with its entries moved by `shifts` along `axes`, those pushed off the end coming back at the start:\n"
      "y[(i + shift) mod n] = x[i]. No axes and one shift: in row-major order of all elements. Composed of slice and\n"
      "concat. Errors: an axis out of range, not one shift per axis. Source: PyTorch's roll.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static Tensor along(const Tensor& x, int axis, std::int64_t shift) {
    const std::int64_t size = x.shape()[static_cast<std::size_t>(axis)];
    if (size == 0 || shift % size == 0) return x;
    const std::int64_t end = shift % size + (shift < 0 ? size : 0);  // as many come from the end
    return concat({slice(x, axis, size - end, size), slice(x, axis, 0, size - end)}, axis);
  }
  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    if (a.axes.empty() ? a.shifts.size() != 1 : a.shifts.size() != a.axes.size())
      throw ValueError("roll: shifts " + str(a.shifts) + " for axes " + str(a.axes),
                       "give one shift per axis, or one shift and no axes");
    if (a.axes.empty()) return {reshape(along(flatten(in[0]), 0, a.shifts[0]), in[0].shape())};
    Tensor y = in[0];
    for (std::int64_t axis : a.axes) checked_axis(axis, y.rank(), "roll");
    for (std::size_t i = 0; i < a.axes.size(); ++i)
      y = along(y, checked_axis(a.axes[i], y.rank(), "roll"), a.shifts[i]);
    return {y};
  }
  static std::vector<Sample> samples() {
    auto by = [](Dims shifts, Dims axes) { return percept::Attrs::of(Attrs{std::move(shifts), std::move(axes)}); };
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();  // 0 mod 2
    return {{.attrs = by({1}, {1}), .inputs = {{{2, 3}}}, .expect = {2, 0, 1, 5, 3, 4}},
            {.attrs = by({-1}, {-1}), .inputs = {{{2, 3}}}, .expect = {1, 2, 0, 4, 5, 3}},
            {.attrs = by({5, 1}, {1, 0}), .inputs = {{{2, 3}}}, .expect = {4, 5, 3, 1, 2, 0}},
            {.attrs = by({2}, {}), .inputs = {{{2, 3}}}, .expect = {4, 5, 0, 1, 2, 3}},
            {.attrs = by({kLowest}, {0}), .inputs = {{{2}}}, .expect = {0, 1}},
            {.attrs = by({2, -1}, {2, 3}), .inputs = {{{2, 2, 3, 4}}}},
            {.attrs = by({3}, {}), .inputs = {{{}}}},
            {.attrs = by({3}, {0}), .inputs = {{{0, 2}}}},
            {.attrs = by({1}, {2}), .inputs = {{{2, 3}}}, .error = "roll: axis 2 is out of range"},
            {.attrs = by({1, 2}, {0}), .inputs = {{{2, 3}}}, .error = "give one shift per axis"},
            {.attrs = by({1, 2}, {}), .inputs = {{{2, 3}}}, .error = "give one shift per axis"}};
  }
};

}  // namespace

Tensor flip(Arg x, const Dims& axes) { return apply_one<Flip>({axes}, {x.tensor()}, x.site()); }

Tensor roll(Arg x, const Dims& shifts, const Dims& axes) {
  return apply_one<Roll>({shifts, axes}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_flip() { return {&op_of<Flip>(), &op_of<Roll>()}; }

}  // namespace percept
