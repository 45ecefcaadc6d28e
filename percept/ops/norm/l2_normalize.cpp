// l2_normalize.cpp - vectors along an axis scaled to length 1.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

struct L2NormalizeAttrs {
  int axis = 1;
  double eps = 1e-12;
};

struct L2Normalize {
  using Attrs = L2NormalizeAttrs;
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "l2_normalize";
  static constexpr std::string_view doc =
      "y = x / max(|x|, eps), |x| = sqrt(sum(x^2)) along `axis`: a vector shorter than eps stays short, 0 stays 0 and\n"
      "has a finite gradient. x: rank >= 1, floating. Result: like x. f16 and bf16 are computed in f32.\n"
      "Errors: an axis out of range, a negative eps, integers. Source: PyTorch's functional.normalize. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const int axis = checked_axis(a.axis, in[0].rank(), "l2_normalize");
    check_floating("l2_normalize", "x", in[0].dtype());
    check_eps("l2_normalize", a.eps);
    const Tensor x = widened(in[0]);
    // The maximum is taken of squares: the root has no gradient at 0.
    const Tensor squares = sum(square(x), {.axes = {axis}, .keepdims = true});
    return {cast(x * rsqrt(maximum(squares, a.eps * a.eps)), in[0].dtype())};
  }

  static std::vector<Sample> samples() {
    const auto of = [](int axis, double eps = 1e-12) { return percept::Attrs::of(Attrs{axis, eps}); };
    const SampleInput rows{.shape = {2, 2}, .values = {3, 4, 0, 0}};
    return {
        {.attrs = of(1), .inputs = {rows}, .expect = {0.6, 0.8, 0, 0}},
        {.attrs = of(0), .inputs = {rows}, .expect = {1, 1, 0, 0}},
        {.attrs = of(-1, 10), .inputs = {rows}, .expect = {0.3, 0.4, 0, 0}},
        {.attrs = of(1), .inputs = {{.shape = {2, 3, 2}}}},
        {.attrs = of(-1), .inputs = {{.shape = {3, 70}}}},
        {.attrs = of(1), .inputs = {{.shape = {0, 3}}}},
        {.attrs = of(1), .inputs = {{.shape = {2, 0}}}},
        {.attrs = of(2), .inputs = {rows}, .error = "l2_normalize: axis 2 is out of range"},
        {.attrs = of(-3), .inputs = {rows}, .error = "l2_normalize: axis -3 is out of range"},
        {.attrs = of(1, -1), .inputs = {rows}, .error = "l2_normalize: eps is -1"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2}, .dtype = DType::i64}}, .error = "l2_normalize: x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_l2_normalize() { return {&op_of<L2Normalize>()}; }

Tensor l2_normalize(Arg x, int axis, double eps) { return apply_one<L2Normalize>({axis, eps}, {x.tensor()}, x.site()); }

}  // namespace percept
