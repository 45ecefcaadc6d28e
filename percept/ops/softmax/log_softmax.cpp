// log_softmax.cpp - the logarithm of softmax, without the loss of a logarithm of small numbers.
#include <cmath>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/softmax/softmax.h"
#include "percept/ops/softmax/softmax_rows.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

struct LogSoftmax {
  using Attrs = SoftmaxAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr std::uint32_t saves_results = 1;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "log_softmax";
  static constexpr std::string_view doc =
      "y_i = x_i - m - log(sum_j exp(x_j - m)) along `axis`, with m = max_j x_j against overflow.\n"
      "x: any shape of rank >= 1, floating. Result: shape and dtype of x, row-major. A row with a NaN, with +inf, or\n"
      "of -inf alone is NaN. Rows along the other axes are independent. Errors: an axis out of range, integers.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "log_softmax");
    check_floating("log_softmax", "x", in[0].dtype);
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
  }

  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      for_each_softmax_row<T>(call, call.attrs.as<Attrs>().axis, [](std::span<double> row) {
        const double m = largest(row);
        double total = 0;
        for (const double value : row) total += std::exp(value - m);
        for (double& value : row) value = value - m - std::log(total);
      });
    });
  }

  // dx = dy - exp(y) * sum(dy)
  static Grads backward(const BackwardContext& ctx) {
    const Tensor y = ctx.result(), dy = ctx.grad();
    const std::int64_t axis = checked_axis(ctx.attrs<Attrs>().axis, y.rank(), "log_softmax");
    return {dy - exp(y) * sum(dy, {.axes = {axis}, .keepdims = true})};
  }

  static std::vector<Sample> samples() {
    const auto along = [](int axis) { return percept::Attrs::of(Attrs{.axis = axis}); };
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    return {
        {.attrs = along(-1),
         .inputs = {{.shape = {1, 2}}},
         .expect = {-1.3132616875182228, -0.3132616875182228}},  // x = 0, 1: -log(1 + e), 1 - log(1 + e)
        {.attrs = along(1),
         .inputs = {{.shape = {1, 2}, .values = {1000, 0}}},  // softmax gives 1 and 0, whose logarithm is lost
         .expect = {0, -1000}},
        {.attrs = along(-1), .inputs = {{.shape = {2, 2}, .values = {-inf, 0, inf, 0}}}, .expect = {-inf, 0, nan, nan}},
        {.attrs = along(-1), .inputs = {{.shape = {3, 1}}}, .expect = {0, 0, 0}},
        {.attrs = along(1),
         .inputs = {{.shape = {1, 2, 2}, .values = {0, 5, 0, 5}}},  // -log 2
         .expect = {-0.6931471805599453, -0.6931471805599453, -0.6931471805599453, -0.6931471805599453}},
        {.attrs = along(1), .inputs = {{.shape = {2, 4, 3}}}},
        {.attrs = along(-1), .inputs = {{.shape = {3, 5}}}},
        {.attrs = along(-2), .inputs = {{.shape = {2, 3, 2, 2}}}},
        {.attrs = along(-1), .inputs = {{.shape = {0, 3}}}},
        {.attrs = along(-1), .inputs = {{.shape = {2, 0}}}},
        {.attrs = along(-3), .inputs = {{.shape = {2, 3}}}, .error = "log_softmax: axis -3 is out of range"},
        {.attrs = along(0), .inputs = {{.shape = {}}}, .error = "out of range for rank 0"},
        {.attrs = along(-1), .inputs = {{.shape = {2, 3}, .dtype = DType::u8}}, .error = "log_softmax: x is u8"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_log_softmax() { return {&op_of<LogSoftmax>()}; }

Tensor log_softmax(Arg x, int axis) { return apply_one<LogSoftmax>({.axis = axis}, {x.tensor()}, x.site()); }

}  // namespace percept
