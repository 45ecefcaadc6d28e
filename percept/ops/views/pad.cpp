// pad.cpp - more rows and columns around a tensor: of one value, mirrored, or repeated.
#include <cmath>
#include <limits>

#include "percept/base/checked.h"
#include "percept/base/text.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/views/copies.h"

namespace percept {
namespace {

struct PadTo {
  using Attrs = PadToAttrs;
  static constexpr std::string_view name = "pad_to";
  static constexpr std::string_view doc =
      "A larger shape filled with `value` (0), x placed at an offset (one per axis): what slice undoes, and with "
      "zeros\n"
      "its gradient. Stored in x's order. Errors: x does not fit; a value that x's dtype does not hold.";
  static constexpr int arity = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const Shape& x = in[0].shape;
    bool fits = a.shape.size() == x.size() && a.offset.size() == x.size();
    for (std::size_t i = 0; fits && i < x.size(); ++i)
      fits = a.offset[i] >= 0 && checked_add(a.offset[i], x[i]) <= a.shape[i];
    if (!fits)
      throw ShapeError("pad_to: " + str(x) + " at " + str(a.offset) + " does not fit into " + str(a.shape),
                       "every offset must be >= 0 and offset + size at most the new size");
    check_holds(in[0].dtype, a.value);
    Spec result = contiguous_spec(in[0].dtype, a.shape, in[0].device);
    result.strides = dense_strides_like(result.shape, in[0].strides);
    return {result};
  }
  static void check_holds(DType dtype, double value) {
    if (is_floating(dtype)) return;
    const bool holds = visit_dtype(dtype, [&]<class T>(T) {
      if constexpr (std::is_integral_v<T>)
        return value >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
               value < static_cast<double>(std::numeric_limits<T>::max()) + 1 && std::floor(value) == value;
      return false;
    });
    if (!holds)
      throw ValueError("pad: value " + number(value) + " for a tensor of " + std::string(name_of(dtype)),
                       "use a value that the dtype holds, or cast x to a floating dtype");
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const Spec& result = call.results[0];
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < a.offset.size(); ++i) offset += a.offset[i] * result.strides[i];
    visit_dtype(result.dtype,
                [&]<class T>(T) { std::fill_n(call.buffers.out<T>(0), result.numel(), rounded_to<T>(a.value)); });
    copy_elements(call, 0, call.inputs[0].strides, 0, result.strides, offset);
  }
  static Grads backward(const BackwardContext& c) {
    const auto& a = c.attrs<Attrs>();
    Tensor grad = c.grad();
    for (std::size_t i = 0; i < a.offset.size(); ++i)
      if (a.shape[i] != c.input_spec(0).shape[i])
        grad = slice(grad, static_cast<int>(i), a.offset[i], a.offset[i] + c.input_spec(0).shape[i]);
    return {grad};
  }
  static std::vector<Sample> samples() {
    auto place = [](Dims shape, Dims offset) { return percept::Attrs::of(Attrs{std::move(shape), std::move(offset)}); };
    const percept::Attrs filled = percept::Attrs::of(Attrs{{2, 3}, {0, 1}, 7});
    return {{.attrs = filled, .inputs = {{{2, 1}}}, .expect = {7, 0, 7, 7, 1, 7}},
            {.attrs = filled, .inputs = {{{1, 2}, {0, 1}, DType::boolean}}, .error = "value 7"},
            {.attrs = place({2, 4, 5, 6}, {0, 1, 2, 0}), .inputs = {{{2, 2, 3, 4}}}},
            {.attrs = place({4}, {1}), .inputs = {{{2}}}, .expect = {0, 0, 1, 0}},
            {.attrs = place({3, 4}, {1, 0}), .inputs = {{{2, 3}}}},
            {.attrs = place({2, 3}, {0, 0}), .inputs = {{{0, 3}}}},
            {.attrs = place({2}, {1}), .inputs = {{{2}}}, .error = "does not fit"},
            {.attrs = place({3}, {-1}), .inputs = {{{2}}}, .error = "does not fit"}};
  }
};

// x with more entries before and after along one axis, from its own edge.
Tensor mirrored(const Tensor& x, int axis, std::int64_t before, std::int64_t after) {
  const std::int64_t size = x.shape()[static_cast<std::size_t>(axis)];
  std::vector<Tensor> parts;
  if (before > 0) parts.push_back(flip(slice(x, axis, 1, before + 1), {axis}));
  parts.push_back(x);
  if (after > 0) parts.push_back(flip(slice(x, axis, size - 1 - after, size - 1), {axis}));
  return concat(parts, axis);
}
Tensor replicated(const Tensor& x, int axis, std::int64_t before, std::int64_t after) {
  const std::int64_t size = x.shape()[static_cast<std::size_t>(axis)];
  auto edge = [&](std::int64_t at, std::int64_t count) {
    Shape shape = x.shape();
    shape[static_cast<std::size_t>(axis)] = count;
    return expand(slice(x, axis, at, at + 1), shape);
  };
  std::vector<Tensor> parts;
  if (before > 0) parts.push_back(edge(0, before));
  parts.push_back(x);
  if (after > 0) parts.push_back(edge(size - 1, after));
  return concat(parts, axis);
}

struct Pad {
  struct Attrs {
    Dims pads;
    std::string mode = "constant";
    double value = 0;
  };
  static constexpr std::string_view name = "pad";
  static constexpr std::string_view doc =
      "x with entries added around: pads = {left, right, top, bottom, ...}, pairs from the last axis backwards, any\n"
      "number of axes. mode \"constant\" adds `value`, \"reflect\" mirrors x without its edge (c b | a b c | b a),\n"
      "\"replicate\" repeats the edge (a a | a b c | c c). Stored in x's order. Composed of pad_to, flip and concat.\n"
      "Errors: an odd number of pads or more pairs than axes, negative ones; reflect by the axis's size or more;\n"
      "replicate of an empty axis; an unknown mode. Source: PyTorch's pad.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check(a, in[0].shape());
    const bool constant = a.mode == "constant";
    Tensor y = in[0];
    Shape shape = y.shape();
    Dims offset(shape.size(), 0);
    for (std::size_t i = 0; i < a.pads.size(); i += 2) {
      const std::size_t axis = shape.size() - 1 - i / 2;
      const std::int64_t before = a.pads[i], after = a.pads[i + 1];
      offset[axis] = before;
      shape[axis] += before + after;
      if (constant || before + after == 0) continue;
      y = (a.mode == "reflect" ? mirrored : replicated)(y, static_cast<int>(axis), before, after);
    }
    if (constant && shape != y.shape()) y = apply_one<PadTo>({shape, offset, a.value}, {y}, {});
    return {y};
  }
  static void check(const Attrs& a, const Shape& x) {
    const std::string received = "pads " + str(a.pads) + " for x of shape " + str(x);
    if (a.mode != "constant" && a.mode != "reflect" && a.mode != "replicate")
      throw ValueError("pad: unknown mode \"" + a.mode + "\"", "use \"constant\", \"reflect\" or \"replicate\"");
    if (a.pads.size() % 2 != 0 || a.pads.size() / 2 > x.size())
      throw ShapeError("pad: " + received, "give two numbers, before and after, for each of the last axes");
    Shape padded = x;
    for (std::size_t i = 0; i < a.pads.size(); ++i) {
      std::int64_t& size = padded[x.size() - 1 - i / 2];
      const std::int64_t own = x[x.size() - 1 - i / 2];
      if (a.pads[i] < 0) throw ValueError("pad: " + received, "they must be >= 0; use slice to cut");
      if (a.mode == "reflect" && a.pads[i] > 0 && a.pads[i] >= own)
        throw ShapeError(
            "pad: " + received + ": reflect needs pads smaller than the axis, which has " + std::to_string(own),
            "pad less, or use mode \"replicate\"");
      if (a.mode == "replicate" && a.pads[i] > 0 && own == 0)
        throw ShapeError("pad: " + received + ": the axis is empty", "there is no edge to repeat");
      size = checked_add(size, a.pads[i]);
    }
    checked_numel(padded);
  }
  static std::vector<Sample> samples() {
    auto by = [](Dims pads, std::string mode = "constant", double value = 0) {
      return percept::Attrs::of(Attrs{std::move(pads), std::move(mode), value});
    };
    const SampleInput row{{1, 3}};  // 0 1 2
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min(), kHighest = -(kLowest + 1);
    return {{.attrs = by({2, 1}, "constant", 9), .inputs = {row}, .expect = {9, 9, 0, 1, 2, 9}},
            {.attrs = by({2, 1}, "reflect"), .inputs = {row}, .expect = {2, 1, 0, 1, 2, 1}},
            {.attrs = by({2, 1}, "replicate"), .inputs = {row}, .expect = {0, 0, 0, 1, 2, 2}},
            {.attrs = by({0, 1, 1, 0}), .inputs = {{{2, 2}}}, .expect = {0, 0, 0, 0, 1, 0, 2, 3, 0}},
            {.attrs = by({0, 1, 1, 0}, "reflect"), .inputs = {{{2, 2}}}, .expect = {2, 3, 2, 0, 1, 0, 2, 3, 2}},
            {.attrs = by({0, 1, 1, 0}, "replicate"), .inputs = {{{2, 2}}}, .expect = {0, 1, 1, 0, 1, 1, 2, 3, 3}},
            {.attrs = by({1, 2, 2, 1}, "constant", -1.5), .inputs = {{{2, 2, 3, 4}}}},
            {.attrs = by({1, 2, 2, 1}, "reflect"), .inputs = {{{2, 2, 3, 4}}}},
            {.attrs = by({1, 2, 2, 1}, "replicate"), .inputs = {{{1, 2, 3, 2}}}},
            {.attrs = by({1, 1, 0, 0, 2, 0}, "reflect"), .inputs = {{{3, 2, 2}}}},
            {.attrs = by({}), .inputs = {{{2, 2}}}},
            {.attrs = by({1, 1}), .inputs = {{{2, 0}}}, .expect = {0, 0, 0, 0}},
            {.attrs = by({1, 1}, "reflect"), .inputs = {{{0, 2}}}},
            {.attrs = by({1}), .inputs = {row}, .error = "pad: pads [1] for x of shape [1, 3]"},
            {.attrs = by({1, 1, 1, 1, 1, 1}), .inputs = {row}, .error = "for each of the last axes"},
            {.attrs = by({1, -1}), .inputs = {row}, .error = "they must be >= 0"},
            {.attrs = by({kLowest, 1}), .inputs = {row}, .error = "they must be >= 0"},
            {.attrs = by({kHighest, kHighest}), .inputs = {row}, .error = "size overflow"},
            {.attrs = by({std::int64_t{1} << 41, 0}), .inputs = {row}, .error = "too many elements"},
            {.attrs = by({3, 0}, "reflect"), .inputs = {row}, .error = "smaller than the axis, which has 3"},
            {.attrs = by({1, 0}, "replicate"), .inputs = {{{2, 0}}}, .error = "the axis is empty"},
            {.attrs = by({1, 0}, "mirror"), .inputs = {row}, .error = "unknown mode \"mirror\""}};
  }
};

}  // namespace

Tensor pad_to(Arg x, const Shape& shape, const Dims& offset) {
  if (x.tensor().shape() == shape) return x.tensor();
  return apply_one<PadTo>({shape, offset}, {x.tensor()}, x.site());
}

Tensor pad(Arg x, const Dims& pads, const std::string& mode, double value) {
  return apply_one<Pad>({pads, mode, value}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_pad() { return {&op_of<PadTo>(), &op_of<Pad>()}; }

}  // namespace percept
