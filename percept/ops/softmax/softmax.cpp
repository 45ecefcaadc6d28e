// softmax.cpp - normalised exponentials along one axis.
#include "percept/ops/softmax/softmax.h"

#include <cmath>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/softmax/softmax_rows.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

struct Softmax {
  using Attrs = SoftmaxAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr std::uint32_t saves_results = 1;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "softmax";
  static constexpr std::string_view doc =
      "y_i = exp(x_i - m) / sum_j exp(x_j - m) along `axis`, with m = max_j x_j against overflow.\n"
      "x: any shape of rank >= 1, floating. Result: shape and dtype of x, row-major. A row with a NaN, with +inf, or\n"
      "of -inf alone is NaN. Rows along the other axes are independent. Errors: an axis out of range, integers.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "softmax");
    check_floating("softmax", "x", in[0].dtype);
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
  }

  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      for_each_softmax_row<T>(call, call.attrs.as<Attrs>().axis, [](std::span<double> row) {
        const double m = largest(row);
        double total = 0;
        for (double& value : row) total += value = std::exp(value - m);
        for (double& value : row) value /= total;
      });
    });
  }

  // dx = y * (dy - sum(dy * y))
  static Grads backward(const BackwardContext& ctx) {
    const Tensor y = ctx.result(), dy = ctx.grad();
    const std::int64_t axis = checked_axis(ctx.attrs<Attrs>().axis, y.rank(), "softmax");
    return {y * (dy - sum(dy * y, {.axes = {axis}, .keepdims = true}))};
  }

  static std::vector<Sample> samples() {
    const auto along = [](int axis) { return percept::Attrs::of(Attrs{.axis = axis}); };
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    return {
        {.attrs = along(-1),
         .inputs = {{.shape = {1, 2}}},
         .expect = {0.2689414213699951, 0.7310585786300049}},  // x = 0, 1: 1 / (1 + e), e / (1 + e)
        {.attrs = along(1),
         .inputs = {{.shape = {1, 3}, .values = {1000, 1000, 1000}}},  // would overflow without m
         .expect = {1. / 3, 1. / 3, 1. / 3}},
        {.attrs = along(-1), .inputs = {{.shape = {2, 2}, .values = {-inf, 0, inf, 0}}}, .expect = {0, 1, nan, nan}},
        {.attrs = along(-1), .inputs = {{.shape = {3, 1}}}, .expect = {1, 1, 1}},
        {.attrs = along(1), .inputs = {{.shape = {1, 2, 2}, .values = {0, 5, 0, 5}}}, .expect = {.5, .5, .5, .5}},
        {.attrs = along(1), .inputs = {{.shape = {2, 4, 3}}}},
        {.attrs = along(-1), .inputs = {{.shape = {3, 5}}}},
        {.attrs = along(-2), .inputs = {{.shape = {2, 3, 2, 2}}}},
        {.attrs = along(-1), .inputs = {{.shape = {0, 3}}}},
        {.attrs = along(-1), .inputs = {{.shape = {2, 0}}}},
        {.attrs = along(2), .inputs = {{.shape = {2, 3}}}, .error = "softmax: axis 2 is out of range"},
        {.attrs = along(-1), .inputs = {{.shape = {}}}, .error = "out of range for rank 0"},
        {.attrs = along(-1), .inputs = {{.shape = {2, 3}, .dtype = DType::i64}}, .error = "softmax: x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_softmax() { return {&op_of<Softmax>()}; }

Tensor softmax(Arg x, int axis) { return apply_one<Softmax>({.axis = axis}, {x.tensor()}, x.site()); }

}  // namespace percept
