// triangle.cpp - the lower and the upper triangle of matrices.
#include <algorithm>
#include <limits>

#include "percept/ops/apply.h"
#include "percept/ops/index/index.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

template <bool Lower>
struct Triangle {
  struct Attrs {
    std::int64_t diagonal = 0;
  };
  static constexpr std::string_view name = Lower ? "tril" : "triu";
  static constexpr std::string_view doc =
      Lower ? "y[..., i, j] = x[..., i, j] where j <= i + diagonal, else 0: the lower triangle of each matrix.\n"
              "x: rank 2 or more, any dtype. diagonal > 0 keeps as many more, < 0 fewer. Composed of where."
            : "y[..., i, j] = x[..., i, j] where j >= i + diagonal, else 0: the upper triangle of each matrix.\n"
              "x: rank 2 or more, any dtype. diagonal > 0 keeps as many fewer, < 0 more. Composed of where.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Tensor& x = in[0];
    if (x.rank() < 2)
      throw ShapeError(std::string(name) + ": x is " + str(x.shape()), "x must be a matrix, or a batch of them");
    if (x.numel() == 0) return {x};
    const std::int64_t rows = x.shape()[x.shape().size() - 2], columns = x.shape().back();
    const std::int64_t shift = std::clamp(attrs.as<Attrs>().diagonal, -rows, columns);  // further changes nothing
    const DType counted = counting_dtype(rows + columns);
    const Tensor i = cast(unsqueeze(arange(rows), 1) + shift, counted), j = cast(arange(columns), counted);
    return {where(Lower ? j <= i : j >= i, x, zeros({}, x.dtype()))};
  }
  static std::vector<Sample> samples() {
    auto from = [](std::int64_t diagonal) { return percept::Attrs::of(Attrs{diagonal}); };
    const SampleInput m{{2, 3}, {1, 2, 3, 4, 5, 6}};
    using Numbers = std::vector<double>;
    constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
    return {{.attrs = from(0), .inputs = {m}, .expect = Lower ? Numbers{1, 0, 0, 4, 5, 0} : Numbers{1, 2, 3, 0, 5, 6}},
            {.attrs = from(1), .inputs = {m}, .expect = Lower ? Numbers{1, 2, 0, 4, 5, 6} : Numbers{0, 2, 3, 0, 0, 6}},
            {.attrs = from(-1), .inputs = {m}, .expect = Lower ? Numbers{0, 0, 0, 4, 0, 0} : Numbers{1, 2, 3, 4, 5, 6}},
            {.attrs = from(kLowest),
             .inputs = {m},
             .expect = Lower ? Numbers{0, 0, 0, 0, 0, 0} : Numbers{1, 2, 3, 4, 5, 6}},
            {.attrs = from(0), .inputs = {{{2, 3, 3}}}},
            {.attrs = from(-2), .inputs = {{{4, 3}}}},
            {.attrs = from(0), .inputs = {{{0, 3}}}},
            {.attrs = from(0), .inputs = {{{3}}}, .error = std::string(name) + ": x is [3]"}};
  }
};

}  // namespace

Tensor tril(Arg x, std::int64_t diagonal) { return apply_one<Triangle<true>>({diagonal}, {x.tensor()}, x.site()); }
Tensor triu(Arg x, std::int64_t diagonal) { return apply_one<Triangle<false>>({diagonal}, {x.tensor()}, x.site()); }

std::vector<const Op*> ops_triangle() { return {&op_of<Triangle<true>>(), &op_of<Triangle<false>>()}; }

}  // namespace percept
