// local_response_norm.cpp - every channel divided by a power of its neighbours' mean square.
#include <algorithm>

#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

struct LocalResponseNormAttrs {
  std::int64_t size = 0;
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

struct LocalResponseNorm {
  using Attrs = LocalResponseNormAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "local_response_norm";
  static constexpr std::string_view doc =
      "y[b,c,...] = x[b,c,...] / (k + alpha / size * sum(x[b,j,...]^2))^beta, j from c - size / 2 (rounded down) to\n"
      "c + (size - 1) / 2, `size` channels; those outside x count as 0. x: [B, C, ...] of rank 3 or more, floating.\n"
      "Result: like x. f16 and bf16 are computed in f32.\n"
      "Errors: ranks below 3, a size outside 1 .. 2^31 - 1, a negative alpha or k, numbers not finite, integers.\n"
      "Source: Krizhevsky et al. 2012, section 3.3, whose alpha is alpha / size here; PyTorch's. Composed.";

  static void check(const Attrs& a, const Tensor& x) {
    if (x.rank() < 3)
      throw ShapeError("local_response_norm: x is " + str(x.shape()) + ", of rank " + std::to_string(x.rank()),
                       "pass [batch, channels, length] or [batch, channels, height, width]");
    check_floating("local_response_norm", "x", x.dtype());
    check_range("local_response_norm", "size", a.size, 1);
    const auto check_number = [](const char* what, double value, bool good) {
      if (!good || !std::isfinite(value))
        throw ValueError(std::string("local_response_norm: ") + what + " is " + number(value),
                         "the usual numbers are alpha 1e-4, beta 0.75, k 1");
    };
    check_number("alpha", a.alpha, a.alpha >= 0);
    check_number("beta", a.beta, true);
    check_number("k", a.k, a.k >= 0);
  }

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check(a, in[0]);
    if (in[0].numel() == 0) return {in[0]};
    const Tensor x = widened(in[0]);
    // Channels further away than the last one are zeros and need not be added.
    const std::int64_t channels = x.size(1);
    const std::int64_t before = std::min(a.size / 2, channels - 1), after = std::min((a.size - 1) / 2, channels - 1);
    Shape wider = x.shape();
    wider[1] += before + after;
    Dims offset(wider.size(), 0);
    offset[1] = before;
    const Tensor squares = pad_to(square(x), wider, offset);
    Tensor total = slice(squares, 1, 0, channels);
    for (std::int64_t i = 1; i <= before + after; ++i) total = total + slice(squares, 1, i, i + channels);
    const Tensor divisor = pow(a.k + total * (a.alpha / static_cast<double>(a.size)), a.beta);
    return {cast(x / divisor, in[0].dtype())};
  }

  static std::vector<Sample> samples() {
    const auto of = [](std::int64_t size, double alpha = 1e-4, double beta = 0.75, double k = 1) {
      return percept::Attrs::of(Attrs{size, alpha, beta, k});
    };
    const SampleInput counted{.shape = {1, 3, 1}};
    const std::string who = "local_response_norm";
    return {
        // x = 0, 1, 2 and alpha = size: the divisors are 1 and the squares nearby, 0, 1, 4.
        {.attrs = of(1, 1, 1), .inputs = {counted}, .expect = {0, 1.0 / 2, 2.0 / 5}},
        {.attrs = of(2, 2, 1), .inputs = {counted}, .expect = {0, 1.0 / 2, 2.0 / 6}},  // the one before
        {.attrs = of(3, 3, 1), .inputs = {counted}, .expect = {0, 1.0 / 6, 2.0 / 6}},
        {.attrs = of(9, 9, 1), .inputs = {counted}, .expect = {0, 1.0 / 6, 2.0 / 6}},  // more than there are
        {.attrs = of(2, 2, 0.5, 0), .inputs = {{.shape = {1, 2, 1}, .values = {3, 4}}}, .expect = {1, 0.8}},
        // Positions keep to themselves: 0, 2 in one, 1, 3 in the other.
        {.attrs = of(3, 3, 1), .inputs = {{.shape = {1, 2, 1, 2}}}, .expect = {0, 1.0 / 11, 2.0 / 5, 3.0 / 11}},
        {.attrs = of(3, 2, 0.75, 1), .inputs = {{.shape = {2, 5, 2, 3}}}},
        {.attrs = of(4, 5, 1.5, 0.5), .inputs = {{.shape = {1, 6, 3}}}},
        {.attrs = of(5), .inputs = {{.shape = {2, 3, 1, 2, 2}}}},
        {.attrs = of(3, 0, -1, 2), .inputs = {{.shape = {2, 3, 2}}}},
        {.attrs = of(2), .inputs = {{.shape = {0, 3, 2}}}},
        {.attrs = of(2), .inputs = {{.shape = {2, 0, 2}}}},
        {.attrs = of(2), .inputs = {{.shape = {2, 3}}}, .error = who + ": x is [2, 3], of rank 2"},
        {.attrs = of(0), .inputs = {counted}, .error = who + ": size is 0"},
        {.attrs = of(-1), .inputs = {counted}, .error = who + ": size is -1"},
        {.attrs = of(2, -1), .inputs = {counted}, .error = who + ": alpha is -1"},
        {.attrs = of(2, 1, INFINITY), .inputs = {counted}, .error = who + ": beta is inf"},
        {.attrs = of(2, 1, 1, NAN), .inputs = {counted}, .error = who + ": k is nan"},
        {.attrs = of(2, 1, 1, -1), .inputs = {counted}, .error = who + ": k is -1"},
        {.attrs = of(2), .inputs = {{.shape = {1, 3, 1}, .dtype = DType::i64}}, .error = who + ": x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_local_response_norm() { return {&op_of<LocalResponseNorm>()}; }

Tensor local_response_norm(Arg x, std::int64_t size, double alpha, double beta, double k) {
  return apply_one<LocalResponseNorm>({size, alpha, beta, k}, {x.tensor()}, x.site());
}

}  // namespace percept
