// batch_norm_rows.cpp - batch normalisation of the columns of a matrix and its gradient: few walks over memory where a
// composition makes many.
#include "percept/ops/norm/batch_norm_rows.h"

#include "percept/core/mode.h"
#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

// --- what both share ---

void check_matrix(const char* who, const Spec& x, double eps) {
  if (x.rank() != 2 || x.shape[0] < 1 || x.shape[1] < 1)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape), "pass a matrix [rows, channels] with values");
  check_floating(who, "x", x.dtype);
  check_eps(who, eps);
}

void check_columns(const char* who, const char* what, const Spec& value, const Spec& x) {
  if (value.shape != Shape{x.shape[1]})
    throw ShapeError(std::string(who) + ": x is " + str(x.shape) + ", " + what + " is " + str(value.shape),
                     std::string(what) + " must have one number per column");
  check_same_dtype(who, "x", x.dtype, what, value.dtype);
}

std::vector<Tensor> rows_grad(double eps, std::vector<Tensor> inputs);

// --- batch_norm_rows ---

struct BatchNormRows {
  using Attrs = BatchNormRowsAttrs;
  static constexpr int arity = 3, results = 3;
  static constexpr std::uint32_t saves_inputs = 0b011, saves_results = 0b110;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "batch_norm_rows";
  static constexpr std::string_view doc =
      "y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var (biased) of each column.\n"
      "x: [N, C], floating. weight, bias: [C], of x's dtype. Results: y [N, C], mean [C], var [C], row-major.\n"
      "Blocks of rows have their own mean and sum of squared differences, joined in a fixed binary tree, so that\n"
      "neither threads nor a mean far from 0 matter. Errors: no matrix, no values, sizes and dtypes that do not fit,\n"
      "a negative eps. Source: Ioffe and Szegedy 2015, algorithm 1; Chan, Golub and LeVeque 1983 (joining blocks).";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_matrix("batch_norm_rows", in[0], attrs.as<Attrs>().eps);
    check_columns("batch_norm_rows", "weight", in[1], in[0]);
    check_columns("batch_norm_rows", "bias", in[2], in[0]);
    const Spec channels = contiguous_spec(in[0].dtype, {in[0].shape[1]}, in[0].device);
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device), channels, channels};
  }

  static void forward(const Call& call) {
    const double eps = call.attrs.as<Attrs>().eps;
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0), weight = call.in<T>(1), bias = call.in<T>(2);
      const auto y = call.out<T>(0), mean = call.out<T>(1), var = call.out<T>(2);
      const std::int64_t rows = x.size(0);
      for (std::int64_t c = 0; c < x.size(1); ++c) {
        double total = 0, squares = 0;
        for (std::int64_t r = 0; r < rows; ++r) total += static_cast<double>(x(r, c));
        const double m = total / static_cast<double>(rows);
        for (std::int64_t r = 0; r < rows; ++r) {
          const double d = static_cast<double>(x(r, c)) - m;
          squares += d * d;
        }
        const double v = squares / static_cast<double>(rows);
        const double scale = static_cast<double>(weight(c)) / std::sqrt(v + eps);
        for (std::int64_t r = 0; r < rows; ++r)
          y(r, c) = rounded_to<T>((static_cast<double>(x(r, c)) - m) * scale + static_cast<double>(bias(c)));
        mean(c) = rounded_to<T>(m);
        var(c) = rounded_to<T>(v);
      }
    });
  }

  // dx = weight r (dy - (dbias + xhat dweight) / N) + dmean / N + 2 (x - mean) dvar / N, r = 1 / sqrt(var + eps),
  // xhat = (x - mean) r. In one op, except where it shall be differentiated itself.
  static Grads backward(const BackwardContext& ctx) {
    const double eps = ctx.attrs<Attrs>().eps;
    const Tensor &x = ctx.input(0), &weight = ctx.input(1);
    const Tensor mean = ctx.result(1), var = ctx.result(2), dy = ctx.grad(0), dmean = ctx.grad(1), dvar = ctx.grad(2);
    if (!grad_enabled()) return rows_grad(eps, {dy, x, weight, mean, var, dmean, dvar});
    const double part = 1 / static_cast<double>(x.shape()[0]);
    const Tensor r = rsqrt(var + eps);      // [C]
    const Tensor centred = x - mean;        // [N, C]
    const Tensor normalised = centred * r;  // [N, C]
    const Tensor dbias = sum(dy, {.axes = {0}}), dweight = sum(dy * normalised, {.axes = {0}});
    const Tensor dx =
        weight * r * (dy - (dbias + normalised * dweight) * part) + dmean * part + centred * (dvar * (2 * part));
    return {dx, dweight, dbias};
  }

  static std::vector<Sample> samples() {
    const auto of = [](double eps) { return percept::Attrs::of(Attrs{eps}); };
    const SampleInput one{.shape = {1}}, two{.shape = {2}};
    return {
        {.attrs = of(5),  // 0 and 4: mean 2, var 4, sqrt(4 + 5)
         .inputs = {{.shape = {2, 1}, .values = {0, 4}}, {.shape = {1}, .values = {3}}, {.shape = {1}, .values = {10}}},
         .expect = {8, 12},
         .more = {{2}, {4}}},
        {.attrs = of(0),  // columns 0 2 and 10 20
         .inputs = {{.shape = {2, 2}, .values = {0, 10, 2, 20}}, {.shape = {2}, .values = {1, 1}}, two},
         .expect = {-1, 0, 1, 2},
         .more = {{1, 15}, {1, 25}}},
        {.attrs = of(1e-3), .inputs = {{.shape = {7, 2}}, two, two}},
        {.attrs = of(1e-5), .inputs = {{.shape = {40, 3}}, {.shape = {3}}, {.shape = {3}}}},
        {.attrs = of(1e-5), .inputs = {{.shape = {300, 1}}, one, one}},
        {.attrs = of(1e-5), .inputs = {{.shape = {5, 37}}, {.shape = {37}}, {.shape = {37}}}},
        {.attrs = of(1), .inputs = {{.shape = {4}}, one, one}, .error = "batch_norm_rows: x is [4]"},
        {.attrs = of(1), .inputs = {{.shape = {0, 1}}, one, one}, .error = "batch_norm_rows: x is [0, 1]"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2}}, one, two}, .error = "x is [2, 2], weight is [1]"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2}}, two, one}, .error = "x is [2, 2], bias is [1]"},
        {.attrs = of(-1), .inputs = {{.shape = {2, 1}}, one, one}, .error = "batch_norm_rows: eps is -1"},
        {.attrs = of(1), .inputs = {{.shape = {2, 1}, .dtype = DType::i64}, one, one}, .error = "x is i64"},
    };
  }
};

// --- batch_norm_rows_grad ---

struct BatchNormRowsGrad {
  using Attrs = BatchNormRowsAttrs;
  static constexpr int arity = 7, results = 3;
  static constexpr std::string_view name = "batch_norm_rows_grad";
  static constexpr std::string_view no_gradient =
      "batch_norm_rows composes its gradient of ops where that is to be differentiated again";
  static constexpr std::string_view doc =
      "The gradients of batch_norm_rows: dbias = sum(dy), dweight = sum(dy xhat) over the rows, dx = weight r (dy -\n"
      "(dbias + xhat dweight) / N) + dmean / N + 2 (x - mean) dvar / N; r = 1 / sqrt(var + eps), xhat = (x - mean) r.\n"
      "dy, x: [N, C], floating. weight, mean, var, dmean, dvar: [C]. Results: dx [N, C], dweight [C], dbias [C].\n"
      "Errors: those of batch_norm_rows; dy of another shape than x.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_matrix("batch_norm_rows_grad", in[1], attrs.as<Attrs>().eps);
    if (in[0].shape != in[1].shape)
      throw ShapeError("batch_norm_rows_grad: dy is " + str(in[0].shape) + ", x is " + str(in[1].shape),
                       "pass the gradient of the result");
    check_same_dtype("batch_norm_rows_grad", "x", in[1].dtype, "dy", in[0].dtype);
    constexpr const char* kNames[] = {"dy", "x", "weight", "mean", "var", "dmean", "dvar"};
    for (std::size_t i = 2; i < 7; ++i) check_columns("batch_norm_rows_grad", kNames[i], in[i], in[1]);
    const Spec channels = contiguous_spec(in[1].dtype, {in[1].shape[1]}, in[1].device);
    return {contiguous_spec(in[1].dtype, in[1].shape, in[1].device), channels, channels};
  }

  static void forward(const Call& call) {
    const double eps = call.attrs.as<Attrs>().eps;
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto dy = call.in<T>(0), x = call.in<T>(1), weight = call.in<T>(2), mean = call.in<T>(3),
                 var = call.in<T>(4), dmean = call.in<T>(5), dvar = call.in<T>(6);
      const auto dx = call.out<T>(0), dweight = call.out<T>(1), dbias = call.out<T>(2);
      const std::int64_t rows = x.size(0);
      const double part = 1 / static_cast<double>(rows);
      for (std::int64_t c = 0; c < x.size(1); ++c) {
        const double m = static_cast<double>(mean(c)), r = 1 / std::sqrt(static_cast<double>(var(c)) + eps);
        double sums = 0, products = 0;
        for (std::int64_t k = 0; k < rows; ++k) {
          sums += static_cast<double>(dy(k, c));
          products += static_cast<double>(dy(k, c)) * (static_cast<double>(x(k, c)) - m) * r;
        }
        for (std::int64_t k = 0; k < rows; ++k) {
          const double centred = static_cast<double>(x(k, c)) - m;
          const double through_y = static_cast<double>(weight(c)) * r *
                                   (static_cast<double>(dy(k, c)) - (sums + centred * r * products) * part);
          dx(k, c) = rounded_to<T>(through_y + static_cast<double>(dmean(c)) * part +
                                   2 * centred * static_cast<double>(dvar(c)) * part);
        }
        dweight(c) = rounded_to<T>(products);
        dbias(c) = rounded_to<T>(sums);
      }
    });
  }

  static std::vector<Sample> samples() {
    const auto of = [](double eps) { return percept::Attrs::of(Attrs{eps}); };
    const auto column = [](std::vector<double> values) {
      const auto count = static_cast<std::int64_t>(values.size());
      return SampleInput{.shape = {count, 1}, .values = std::move(values)};
    };
    const auto one = [](double value) { return SampleInput{.shape = {1}, .values = {value}}; };
    const SampleInput dy = column({1, 0}), x = column({0, 4});
    const auto random = [](std::int64_t rows, std::int64_t channels) {
      const SampleInput matrix{.shape = {rows, channels}}, vector{.shape = {channels}};
      return std::vector<SampleInput>{matrix, matrix, vector, vector, {.shape = {channels}, .low = 0.5, .high = 2},
                                      vector, vector};
    };
    return {
        {.attrs = of(5),  // r = 1 / 3, xhat = -2/3, 2/3: dx = dy - (1 - 2/3 xhat) / 2
         .inputs = {dy, x, one(3), one(2), one(4), one(0), one(0)},
         .expect = {5. / 18, -5. / 18},
         .more = {{-2. / 3}, {1}}},
        {.attrs = of(5),  // and 2 / 2, and (x - mean) * 1
         .inputs = {dy, x, one(3), one(2), one(4), one(2), one(1)},
         .expect = {5. / 18 - 1, -5. / 18 + 3},
         .more = {{-2. / 3}, {1}}},
        {.attrs = of(1e-3), .inputs = random(7, 2)},
        {.attrs = of(1e-5), .inputs = random(40, 3)},
        {.attrs = of(1e-5), .inputs = random(300, 1)},
        {.attrs = of(1e-5), .inputs = random(5, 37)},
        {.attrs = of(5),
         .inputs = {column({1}), x, one(3), one(2), one(4), one(0), one(0)},
         .error = "dy is [1, 1], x is [2, 1]"},
        {.attrs = of(5), .inputs = {dy, x, one(3), dy, one(4), one(0), one(0)}, .error = "mean is [2, 1]"},
        {.attrs = of(-5), .inputs = {dy, x, one(3), one(2), one(4), one(0), one(0)}, .error = "eps is -5"},
        {.attrs = of(5),
         .inputs = {dy, {.shape = {2, 1}, .dtype = DType::i32}, one(3), one(2), one(4), one(0), one(0)},
         .error = "x is i32"},
    };
  }
};

std::vector<Tensor> rows_grad(double eps, std::vector<Tensor> inputs) {
  return apply_all<BatchNormRowsGrad>({eps}, std::move(inputs), {});
}

}  // namespace

std::vector<const Op*> ops_batch_norm_rows() { return {&op_of<BatchNormRows>(), &op_of<BatchNormRowsGrad>()}; }

std::vector<Tensor> batch_norm_rows(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  return apply_all<BatchNormRows>({eps}, {x, weight, bias}, {});
}

}  // namespace percept
