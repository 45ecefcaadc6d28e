// activation.h - from the formula of an activation and of its gradient to two ops, each one pass over memory.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "percept/core/mode.h"
#include "percept/ops/pointwise/rows.h"

namespace percept {

// Inputs with the results worked out by hand: y = f(x) and slope = f'(x), at kinks the one that PyTorch takes.
struct Worked {
  Attrs attrs;
  std::vector<double> x, y, slope;
};

// A struct A that describes an activation has
//   name, doc, low and high (the domain that is sampled), struct Attrs,
//   static void refuse(const Attrs&)                                   settings that make no sense; may be missing
//   static ProgramLane value(ProgramLane x, const Attrs&)              f(x)
//   template <class L> static L gradient(L g, L x, const Attrs&)       g f'(x); finite for every x and g that are
//   static std::vector<Worked> worked()
//   static constexpr bool takes_integers = true                        where f keeps integers; may be missing
// `gradient` is written once: over ProgramLane it is the op NAME_grad, over Tensor what is recorded where the gradient
// is to be differentiated again.
template <class A>
class Activation {
 public:
  static const Op& op() {
    static const Op record = make_op();
    return record;
  }
  static const Op& grad_op() {
    static const Op record = make_grad_op();
    return record;
  }
  static Tensor call(typename A::Attrs attrs, const Arg& x) {
    return std::move(apply(op(), Attrs::of(std::move(attrs)), {x.tensor()}, x.site())[0]);
  }

 private:
  static constexpr bool kIntegers = requires { A::takes_integers; };
  static const std::string& grad_name() {
    static const std::string name = std::string(A::name) + "_grad";
    return name;
  }
  static typename A::Attrs settings(const Attrs& attrs) {
    return attrs.empty() ? typename A::Attrs{} : attrs.as<typename A::Attrs>();
  }
  // Halves are computed in f32, as if f were one rounding.
  static DType working(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype; }

  static void check(const Attrs& attrs, const Spec& x, const std::string& who) {
    const bool fits = is_floating(x.dtype) || (kIntegers && x.dtype != DType::boolean);
    if (!fits) throw DTypeError(who + ": x is " + std::string(name_of(x.dtype)), "cast x to a floating dtype first");
    if constexpr (requires { &A::refuse; }) A::refuse(settings(attrs));
  }

  static Op make_op() {
    Op o;
    o.name = A::name;
    o.doc = A::doc;
    o.op_class = OpClass::pointwise;
    o.min_inputs = o.max_inputs = 1;
    o.batch_axis = 0;
    o.saves_inputs = 1;
    o.twice = true;
    o.infer = [](const Attrs& attrs, Specs in) -> std::vector<Spec> {
      const std::string who(A::name);
      check(attrs, in[0], who);
      return {pointwise_result(in, in[0].dtype, who.c_str())};
    };
    o.program = [](const Attrs& attrs, Specs in) {
      PointwiseProgram program;
      program.inputs = {in[0].dtype};
      const ProgramLane x = ProgramLane(program, 0).cast_to(working(in[0].dtype));
      program.results = {written(A::value(x, settings(attrs)).cast_to(in[0].dtype), program)};
      return program;
    };
    o.backward = [](const BackwardContext& c) -> Grads {
      typename A::Attrs attrs{};
      if constexpr (!std::is_empty_v<typename A::Attrs>) attrs = c.attrs<typename A::Attrs>();
      const DType dtype = c.grad().dtype();
      if (grad_enabled())
        return {cast(A::gradient(cast(c.grad(), working(dtype)), cast(c.input(0), working(dtype)), attrs), dtype)};
      return apply(grad_op(), Attrs::of(attrs), {c.grad(), c.input(0)}, {});
    };
    o.samples = &samples;
    return o;
  }

  static Op make_grad_op() {
    static const std::string doc = "dx = dy f'(x): the gradient of " + std::string(A::name) +
                                   " in one pass over memory. dy and x: one shape and floating dtype; dx likewise.";
    Op o;
    o.name = grad_name();
    o.doc = doc;
    o.op_class = OpClass::pointwise;
    o.min_inputs = o.max_inputs = 2;
    o.no_gradient = "a gradient that is differentiated again is recorded as the ops it is made of";
    o.infer = [](const Attrs& attrs, Specs in) -> std::vector<Spec> {
      check(attrs, in[1], grad_name());
      if (in[0].shape != in[1].shape || in[0].dtype != in[1].dtype || !is_floating(in[0].dtype))
        throw ShapeError(grad_name() + ": dy is " + std::string(name_of(in[0].dtype)) + " of shape " +
                             str(in[0].shape) + ", x is " + std::string(name_of(in[1].dtype)) + " of shape " +
                             str(in[1].shape),
                         "dy must have the shape and the floating dtype of x");
      return {pointwise_result(in.subspan(1), in[1].dtype, A::name.data())};
    };
    o.program = [](const Attrs& attrs, Specs in) {
      PointwiseProgram program;
      program.inputs = {in[0].dtype, in[1].dtype};
      const DType dtype = working(in[0].dtype);
      const ProgramLane g = ProgramLane(program, 0).cast_to(dtype), x = ProgramLane(program, 1).cast_to(dtype);
      program.results = {written(A::gradient(g, x, settings(attrs)).cast_to(in[0].dtype), program)};
      return program;
    };
    o.samples = &grad_samples;
    return o;
  }

  // A result that is an input untouched (a clip without bounds) still needs a row that writes it.
  static std::uint16_t written(ProgramLane lane, const PointwiseProgram& program) {
    return lane.slot() < program.inputs.size() ? lane.row(Row::cast).slot() : lane.slot();
  }

  static SampleInput spread(Shape shape) { return {.shape = std::move(shape), .low = A::low, .high = A::high}; }

  static std::vector<Sample> samples() {
    std::vector<Sample> samples;
    for (const Worked& w : A::worked()) {
      const auto n = static_cast<std::int64_t>(w.x.size());
      samples.push_back({.attrs = w.attrs, .inputs = {{{n}, w.x}}, .expect = w.y});
      samples.push_back({.attrs = w.attrs, .inputs = {spread({2, 3})}});
    }
    const Attrs attrs = samples[0].attrs;
    samples.push_back({.attrs = attrs, .inputs = {spread({})}});
    samples.push_back({.attrs = attrs, .inputs = {spread({0, 3})}});
    samples.push_back({.attrs = attrs, .inputs = {spread({1, 33, 5})}});
    const DType refused = kIntegers ? DType::boolean : DType::i64;
    samples.push_back(
        {.attrs = attrs, .inputs = {{{2}, {}, refused}}, .error = "x is " + std::string(name_of(refused))});
    if constexpr (requires { A::refused(); })
      for (const auto& [bad, words] : A::refused())
        samples.push_back({.attrs = bad, .inputs = {spread({2})}, .error = words});
    return samples;
  }

  static std::vector<Sample> grad_samples() {
    std::vector<Sample> samples;
    for (const Worked& w : A::worked()) {
      const auto n = static_cast<std::int64_t>(w.x.size());
      samples.push_back({.attrs = w.attrs,
                         .inputs = {{{n}, std::vector<double>(w.x.size(), 2)}, {{n}, w.x}},
                         .expect = doubled(w.slope)});
      samples.push_back({.attrs = w.attrs, .inputs = {{{2, 3}}, spread({2, 3})}});
    }
    const Attrs attrs = samples[0].attrs;
    samples.push_back({.attrs = attrs, .inputs = {{{0, 3}}, spread({0, 3})}});
    samples.push_back({.attrs = attrs, .inputs = {{{1, 33, 5}}, spread({1, 33, 5})}});
    samples.push_back({.attrs = attrs, .inputs = {{{2, 3}}, spread({3})}, .error = "dy must have the shape"});
    return samples;
  }
  static std::vector<double> doubled(std::vector<double> values) {
    for (double& value : values) value *= 2;
    return values;
  }
};

// x between two numbers; NaN stays.
template <class L>
L between(const L& x, double low, double high) {
  return minimum(maximum(x, low), high);
}

}  // namespace percept
