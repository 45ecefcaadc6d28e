// blend.cpp - one tensor out of two: lerp by a weight, masked_fill by a mask, and the gates glu and maxout.
#include "percept/base/checked.h"
#include "percept/base/text.h"
#include "percept/ops/pointwise/rows.h"

namespace percept {
namespace {

struct Lerp {
  struct Attrs {};
  static constexpr std::string_view name = "lerp";
  static constexpr std::string_view doc =
      "a + weight (b - a), and b - (b - a) (1 - weight) where weight >= 0.5: exactly a at 0 and b at 1, as PyTorch's.\n"
      "The three shapes broadcast; one floating dtype (the public function promotes).";
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::pointwise;
  static constexpr std::uint32_t saves_inputs = 7;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    for (const Spec& spec : in)
      if (!is_floating(spec.dtype) || spec.dtype != in[0].dtype)
        throw DTypeError(
            "lerp: an input is " + std::string(name_of(spec.dtype)) + ", a is " + std::string(name_of(in[0].dtype)),
            "cast all three to one floating dtype");
    return {pointwise_result(in, in[0].dtype, "lerp")};
  }
  static PointwiseProgram program(const percept::Attrs&, Specs in) {
    PointwiseProgram program;
    program.inputs = {in[0].dtype, in[1].dtype, in[2].dtype};
    const ProgramLane a(program, 0), b(program, 1), weight(program, 2), difference = b - a;
    program.results = {where(weight < 0.5, a + weight * difference, b - difference * (1 - weight)).slot()};
    return program;
  }
  static Grads backward(const BackwardContext& c) {
    const Tensor g = c.grad();
    Grads grads(3);
    if (c.needs(0)) grads[0] = unbroadcast(g * (1 - c.input(2)), c.input_spec(0).shape);
    if (c.needs(1)) grads[1] = unbroadcast(g * c.input(2), c.input_spec(1).shape);
    if (c.needs(2)) grads[2] = unbroadcast(g * (c.input(1) - c.input(0)), c.input_spec(2).shape);
    return grads;
  }
  static std::vector<Sample> samples() {
    return {
        {.inputs = {{{4}, {1, 1, 1, 1}}, {{4}, {3, 3, 3, 3}}, {{4}, {0, 0.25, 0.75, 1}}}, .expect = {1, 1.5, 2.5, 3}},
        {.inputs = {{{2, 3}}, {{2, 3}}, {.shape = {2, 3}, .low = 0, .high = 1}}},
        {.inputs = {{{2, 3}}, {{3}}, {{}}}},
        {.inputs = {{{0, 3}}, {{3}}, {{}}}},
        {.inputs = {{{2}}, {{2}}, {{2}, {}, DType::i64}}, .error = "an input is i64"},
        {.inputs = {{{2}}, {{3}}, {{}}}, .error = "do not broadcast"}};
  }
};

struct MaskedFill {
  struct Attrs {
    double value = 0;
  };
  static constexpr std::string_view name = "masked_fill";
  static constexpr std::string_view doc =
      "value where mask, else x: where(mask, value, x). mask: bool, broadcasts with x. x: any dtype that holds value.";
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const double value = attrs.as<Attrs>().value;
    const DType dtype = in[0].dtype();
    if (in[1].dtype() != DType::boolean)
      throw DTypeError("masked_fill: the mask is " + std::string(name_of(in[1].dtype())),
                       "compare it, e.g. x > 0: it must be bool");
    broadcast(in[0].shape(), in[1].shape(), "masked_fill");
    const Tensor filling = full({}, value, DType::f64);
    const bool held = is_floating(dtype) || cast(cast(filling, dtype), DType::f64).item() == value;
    if (!held)
      throw DTypeError("masked_fill: x is " + std::string(name_of(dtype)) + ", which does not hold " + number(value),
                       "cast x to a floating dtype first");
    return {where(in[1], cast(filling, dtype), in[0])};
  }
  static std::vector<Sample> samples() {
    auto with = [](double value) { return percept::Attrs::of(Attrs{value}); };
    const SampleInput mask{{3}, {1, 0, 1}, DType::boolean};
    return {{.attrs = with(9), .inputs = {{{3}, {1, 2, 3}}, mask}, .expect = {9, 2, 9}},
            {.attrs = with(-std::numeric_limits<double>::infinity()),
             .inputs = {{{3}, {1, 2, 3}}, mask},
             .expect = {-std::numeric_limits<double>::infinity(), 2, -std::numeric_limits<double>::infinity()}},
            {.attrs = with(7), .inputs = {{{3}, {1, 2, 3}, DType::i64}, mask}, .expect = {7, 2, 7}},
            {.attrs = with(1), .inputs = {{{2, 3}}, mask}},
            {.attrs = with(1), .inputs = {{{0, 3}}, mask}},
            {.attrs = with(0.5), .inputs = {{{3}, {}, DType::i64}, mask}, .error = "does not hold 0.5"},
            {.attrs = with(1), .inputs = {{{3}}, {{3}}}, .error = "the mask is f64"}};
  }
};

struct Glu {
  struct Attrs {
    std::int64_t axis = -1;
  };
  static constexpr std::string_view name = "glu";
  static constexpr std::string_view doc =
      "a sigmoid(b), a and b the halves of x along `axis`, whose size must be even. Floating dtypes. Source: Dauphin "
      "et\n"
      "al. 2017.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Tensor& x = in[0];
    const int axis = checked_axis(attrs.as<Attrs>().axis, x.rank(), "glu");
    const std::int64_t size = x.shape()[static_cast<std::size_t>(axis)];
    if (!is_floating(x.dtype()))
      throw DTypeError("glu: x is " + std::string(name_of(x.dtype())), "cast x to a floating dtype first");
    if (size % 2 != 0)
      throw ShapeError("glu: axis " + std::to_string(axis) + " of " + str(x.shape()) + " has an odd size",
                       "it is cut into two halves: make its size even");
    return {slice(x, axis, 0, size / 2) * sigmoid(slice(x, axis, size / 2, size))};
  }
  static std::vector<Sample> samples() {
    auto along = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    return {{.attrs = along(-1), .inputs = {{{2, 2}, {3, 0, -1, 1}}}, .expect = {1.5, -0.7310585786300049}},
            {.attrs = along(1), .inputs = {{{2, 4, 3}}}},
            {.attrs = along(0), .inputs = {{{6}}}},
            {.attrs = along(1), .inputs = {{{3, 0}}}},
            {.attrs = along(-1), .inputs = {{{2, 3}}}, .error = "has an odd size"},
            {.attrs = along(2), .inputs = {{{2, 4}}}, .error = "axis 2 is out of range"},
            {.attrs = along(0), .inputs = {{{2}, {}, DType::i64}}, .error = "x is i64"}};
  }
};

struct Maxout {
  struct Attrs {
    std::int64_t pieces = 2;
    std::int64_t axis = 1;
  };
  static constexpr std::string_view name = "maxout";
  static constexpr std::string_view doc =
      "The largest of every `pieces` neighbours along `axis`: its size n becomes n / pieces, which must be whole. "
      "Equal\n"
      "ones share the gradient; NaN if any is. Source: Goodfellow et al. 2013.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const Shape& shape = in[0].shape();
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, shape.rank(), "maxout"));
    if (a.pieces < 1 || shape[axis] % a.pieces != 0)
      throw ShapeError("maxout: axis " + std::to_string(a.axis) + " of " + str(shape) +
                           " cannot be cut into groups of " + std::to_string(a.pieces),
                       "`pieces` must be positive and divide the axis");
    Shape grouped;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      grouped.push_back(i == axis ? shape[i] / a.pieces : shape[i]);
      if (i == axis) grouped.push_back(a.pieces);
    }
    return {max(reshape(in[0], grouped), {.axes = {static_cast<std::int64_t>(axis) + 1}})};
  }
  static std::vector<Sample> samples() {
    auto of = [](std::int64_t pieces, std::int64_t axis) { return percept::Attrs::of(Attrs{pieces, axis}); };
    return {{.attrs = of(2, 1), .inputs = {{{1, 4}, {1, 3, 5, 2}}}, .expect = {3, 5}},
            {.attrs = of(3, -2), .inputs = {{{2, 6, 2}}}},
            {.attrs = of(1, 0), .inputs = {{{4}}}},
            {.attrs = of(2, 1), .inputs = {{{2, 0}}}},
            {.attrs = of(2, 1), .inputs = {{{2, 3}}}, .error = "groups of 2"},
            {.attrs = of(0, 1), .inputs = {{{2, 4}}}, .error = "groups of 0"},
            {.attrs = of(-2, 1), .inputs = {{{2, 4}}}, .error = "groups of -2"},
            {.attrs = of(2, 2), .inputs = {{{2, 4}}}, .error = "axis 2 is out of range"}};
  }
};

}  // namespace

Tensor lerp(Arg a, Arg b, Arg weight) {
  const CallSite site = a.site();
  DType dtype = DType::f32;
  bool first = true;
  for (const Arg* x : {&a, &b, &weight}) {  // numbers take the dtype of the tensors they meet
    if (x->is_number()) continue;
    const Tensor t = x->tensor();
    if (t.defined()) dtype = first ? t.dtype() : promote(dtype, t.dtype());
    first = false;
  }
  if (!is_floating(dtype)) dtype = DType::f32;
  auto ready = [&](const Arg& x) {
    const Tensor t = x.tensor(dtype);
    return t.defined() ? cast(Arg(t, site.file, site.line), dtype) : t;
  };
  return apply_one<Lerp>({}, {ready(a), ready(b), ready(weight)}, site);
}
Tensor masked_fill(Arg x, Arg mask, double value) {
  return apply_one<MaskedFill>({value}, {x.tensor(), mask.tensor()}, x.site());
}
Tensor glu(Arg x, int axis) { return apply_one<Glu>({axis}, {x.tensor()}, x.site()); }
Tensor maxout(Arg x, int pieces, int axis) { return apply_one<Maxout>({pieces, axis}, {x.tensor()}, x.site()); }

std::vector<const Op*> ops_blend() { return {&op_of<Lerp>(), &op_of<MaskedFill>(), &op_of<Glu>(), &op_of<Maxout>()}; }

}  // namespace percept
