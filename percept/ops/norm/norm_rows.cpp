// norm_rows.cpp - normalisation of each row of a matrix by its own statistics, and its gradient: each row is read once.
#include "percept/ops/norm/norm_rows.h"

#include "percept/core/mode.h"
#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

// --- what both share ---

void check_matrix(const char* who, const Spec& x, double eps) {
  if (x.rank() != 2 || x.shape[1] < 1)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape), "pass a matrix [rows, values], values at least 1");
  check_floating(who, "x", x.dtype);
  check_eps(who, eps);
}

void check_vector(const char* who, const char* what, const Spec& value, std::int64_t size, const Spec& x) {
  if (value.shape != Shape{size})
    throw ShapeError(std::string(who) + ": x is " + str(x.shape) + ", " + what + " is " + str(value.shape),
                     std::string(what) + " must be [" + std::to_string(size) + "]");
  check_same_dtype(who, "x", x.dtype, what, value.dtype);
}

std::vector<Tensor> rows_grad(const NormRowsAttrs& attrs, std::vector<Tensor> inputs);

// --- norm_rows ---

struct NormRows {
  using Attrs = NormRowsAttrs;
  static constexpr int arity = 3, min_arity = 1, results = 3, batch_axis = 0;
  static constexpr std::uint32_t saves_inputs = 0b011, saves_results = 0b110;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "norm_rows";
  static constexpr std::string_view doc =
      "y = (x - mean) * rstd * weight + bias, mean of each row (0 where centre is false) and rstd = 1 / sqrt(mean of\n"
      "(x - mean)^2 + eps). x: [N, D], floating. weight, bias: [D] or none. Results: y [N, D], mean [N], rstd [N].\n"
      "Errors: no matrix, rows without values, sizes and dtypes that do not fit, a negative eps.\n"
      "Source: Ba, Kiros and Hinton 2016; Zhang and Sennrich 2019.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_matrix("norm_rows", in[0], attrs.as<Attrs>().eps);
    const std::int64_t rows = in[0].shape[0], width = in[0].shape[1];
    if (in.size() > 1) check_vector("norm_rows", "weight", in[1], width, in[0]);
    if (in.size() > 2) check_vector("norm_rows", "bias", in[2], width, in[0]);
    const Spec statistic = contiguous_spec(in[0].dtype, {rows}, in[0].device);
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device), statistic, statistic};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>(0), means = call.out<T>(1), rstds = call.out<T>(2);
      const auto width = static_cast<double>(x.size(1));
      for (std::int64_t r = 0; r < x.size(0); ++r) {
        double mean = 0, squares = 0;
        for (std::int64_t c = 0; a.centre && c < x.size(1); ++c) mean += static_cast<double>(x(r, c)) / width;
        for (std::int64_t c = 0; c < x.size(1); ++c) squares += std::pow(static_cast<double>(x(r, c)) - mean, 2);
        const double rstd = 1 / std::sqrt(squares / width + a.eps);
        for (std::int64_t c = 0; c < x.size(1); ++c) {
          double value = (static_cast<double>(x(r, c)) - mean) * rstd;
          if (call.inputs.size() > 1) value *= static_cast<double>(call.in<T>(1)(c));
          if (call.inputs.size() > 2) value += static_cast<double>(call.in<T>(2)(c));
          y(r, c) = rounded_to<T>(value);
        }
        means(r) = rounded_to<T>(mean);
        rstds(r) = rounded_to<T>(rstd);
      }
    });
  }

  static Grads backward(const BackwardContext& ctx) {
    const std::size_t count = ctx.input_count();
    Grads grads = grad_enabled() ? composed(ctx) : fused(ctx);
    grads.resize(count);
    return grads;
  }

  static Grads fused(const BackwardContext& ctx) {
    std::vector<Tensor> inputs{ctx.grad(0), ctx.input(0), ctx.result(1), ctx.result(2), ctx.grad(1), ctx.grad(2)};
    if (ctx.input_count() > 1) inputs.push_back(ctx.input(1));
    return rows_grad(ctx.attrs<Attrs>(), std::move(inputs));
  }

  // With g = dy weight and xhat = (x - mean) rstd:
  // dx = rstd (g - mean(g) - xhat mean(g xhat)) + dmean / D - drstd rstd^2 xhat / D; no mean(g), no dmean without
  // centre.
  static Grads composed(const BackwardContext& ctx) {
    const Tensor& x = ctx.input(0);
    const bool centre = ctx.attrs<Attrs>().centre;
    const Shape column{x.shape()[0], 1};
    const auto each = [&](const Tensor& statistic) { return reshape(statistic, column); };
    const Reduce along{.axes = {1}, .keepdims = true};
    const Tensor dy = ctx.grad(0), rstd = each(ctx.result(2));
    const Tensor xhat = (x - each(ctx.result(1))) * rstd;
    const Tensor g = ctx.input_count() > 1 ? dy * ctx.input(1) : dy;
    const double part = 1 / static_cast<double>(x.shape()[1]);
    Tensor inner = g - xhat * mean(g * xhat, along);
    if (centre) inner = inner - mean(g, along);
    Tensor dx = rstd * inner - xhat * (each(ctx.grad(2)) * square(rstd) * part);
    if (centre) dx = dx + each(ctx.grad(1)) * part;
    return {dx, sum(dy * xhat, {.axes = {0}}), sum(dy, {.axes = {0}})};
  }

  static std::vector<Sample> samples() {
    const auto of = [](double eps, bool centre = true) { return percept::Attrs::of(Attrs{eps, centre}); };
    const SampleInput rows{.shape = {2, 2}, .values = {0, 4, 3, 3}}, two{.shape = {2}}, seven{.shape = {7}};
    return {
        {.attrs = of(5),  // 0 4: mean 2, sqrt(4 + 5); 3 3: mean 3, sqrt(5)
         .inputs = {rows, {.shape = {2}, .values = {3, 6}}, {.shape = {2}, .values = {1, 10}}},
         .expect = {-1, 14, 1, 10},
         .more = {{2, 3}, {1. / 3, 0.4472135954999579}}},
        {.attrs = of(11, false),  // mean of squares 25, sqrt(25 + 11)
         .inputs = {{.shape = {1, 2}, .values = {1, 7}}},
         .expect = {1. / 6, 7. / 6},
         .more = {{0}, {1. / 6}}},
        {.attrs = of(1e-3), .inputs = {{.shape = {3, 7}}, seven, seven}},
        {.attrs = of(1e-3, false), .inputs = {{.shape = {3, 7}}, seven}},
        {.attrs = of(1e-5), .inputs = {{.shape = {5, 4}}}},
        {.attrs = of(1e-5), .inputs = {{.shape = {2, 70}}, {.shape = {70}}, {.shape = {70}}}},
        {.attrs = of(1e-5), .inputs = {{.shape = {0, 2}}, two, two}},
        {.attrs = of(1), .inputs = {{.shape = {4}}}, .error = "norm_rows: x is [4]"},
        {.attrs = of(1), .inputs = {{.shape = {4, 0}}}, .error = "norm_rows: x is [4, 0]"},
        {.attrs = of(1), .inputs = {rows, seven}, .error = "x is [2, 2], weight is [7]"},
        {.attrs = of(1), .inputs = {rows, two, seven}, .error = "x is [2, 2], bias is [7]"},
        {.attrs = of(-1), .inputs = {rows}, .error = "norm_rows: eps is -1"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2}, .dtype = DType::i64}}, .error = "norm_rows: x is i64"},
    };
  }
};

// --- norm_rows_grad ---

struct NormRowsGrad {
  using Attrs = NormRowsAttrs;
  static constexpr int arity = 7, min_arity = 6, results = 3;
  static constexpr std::string_view name = "norm_rows_grad";
  static constexpr std::string_view no_gradient =
      "norm_rows composes its gradient of ops where that is to be differentiated again";
  static constexpr std::string_view doc =
      "The gradients of norm_rows: with g = dy weight and xhat = (x - mean) rstd, dx = rstd (g - mean(g) - xhat "
      "mean(g\n"
      "xhat)) + dmean / D - drstd rstd^2 xhat / D, without mean(g) and dmean where centre is false; dweight = sum(dy\n"
      "xhat) and dbias = sum(dy) over the rows, blocks of rows first.\n"
      "dy, x: [N, D], floating. mean, rstd, dmean, drstd: [N]. weight: [D] or none. Results: dx, dweight, dbias.\n"
      "Errors: those of norm_rows; dy of another shape than x.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Spec& x = in[1];
    check_matrix("norm_rows_grad", x, attrs.as<Attrs>().eps);
    if (in[0].shape != x.shape)
      throw ShapeError("norm_rows_grad: dy is " + str(in[0].shape) + ", x is " + str(x.shape),
                       "pass the gradient of the result");
    check_same_dtype("norm_rows_grad", "x", x.dtype, "dy", in[0].dtype);
    constexpr const char* kNames[] = {"dy", "x", "mean", "rstd", "dmean", "drstd"};
    for (std::size_t i = 2; i < 6; ++i) check_vector("norm_rows_grad", kNames[i], in[i], x.shape[0], x);
    if (in.size() > 6) check_vector("norm_rows_grad", "weight", in[6], x.shape[1], x);
    const Spec columns = contiguous_spec(x.dtype, {x.shape[1]}, x.device);
    return {contiguous_spec(x.dtype, x.shape, x.device), columns, columns};
  }

  static void forward(const Call& call) {
    const bool centre = call.attrs.as<Attrs>().centre;
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto value = [&](std::size_t input, auto... at) { return static_cast<double>(call.in<T>(input)(at...)); };
      const Shape& shape = call.inputs[1].shape;
      const auto width = static_cast<double>(shape[1]);
      std::vector<double> dweight(static_cast<std::size_t>(shape[1])), dbias(dweight.size());
      for (std::int64_t r = 0; r < shape[0]; ++r) {
        const auto g = [&](std::int64_t c) { return value(0, r, c) * (call.inputs.size() > 6 ? value(6, c) : 1); };
        const auto xhat = [&](std::int64_t c) { return (value(1, r, c) - value(2, r)) * value(3, r); };
        double sums = 0, products = 0;
        for (std::int64_t c = 0; c < shape[1]; ++c) {
          sums += centre ? g(c) : 0;
          products += g(c) * xhat(c);
          dweight[static_cast<std::size_t>(c)] += value(0, r, c) * xhat(c);
          dbias[static_cast<std::size_t>(c)] += value(0, r, c);
        }
        const double shift = centre ? value(4, r) / width : 0, tilt = value(5, r) * std::pow(value(3, r), 2) / width;
        for (std::int64_t c = 0; c < shape[1]; ++c)
          call.out<T>(0)(r, c) =
              rounded_to<T>(value(3, r) * (g(c) - sums / width - xhat(c) * products / width) + shift - tilt * xhat(c));
      }
      for (std::int64_t c = 0; c < shape[1]; ++c) {
        call.out<T>(1)(c) = rounded_to<T>(dweight[static_cast<std::size_t>(c)]);
        call.out<T>(2)(c) = rounded_to<T>(dbias[static_cast<std::size_t>(c)]);
      }
    });
  }

  static std::vector<Sample> samples() {
    const auto of = [](bool centre) { return percept::Attrs::of(Attrs{1e-5, centre}); };
    const auto one = [](double value) { return SampleInput{.shape = {1}, .values = {value}}; };
    const auto pair = [](double a, double b) { return SampleInput{.shape = {1, 2}, .values = {a, b}}; };
    const auto random = [](std::int64_t rows, std::int64_t width) {
      const SampleInput matrix{.shape = {rows, width}}, each{.shape = {rows}};
      return std::vector<SampleInput>{
          matrix, matrix, each, {.shape = {rows}, .low = 0.5, .high = 2}, each, each, {.shape = {width}}};
    };
    return {
        {.attrs = of(true),  // xhat = -2/3, 2/3; g = 3, 0: mean 1.5, mean(g xhat) = -1
         .inputs = {pair(1, 0), pair(0, 4), one(2), one(1. / 3), one(0), one(0), {.shape = {2}, .values = {3, 5}}},
         .expect = {5. / 18, -5. / 18},  // (3 - 1.5 - 2/3) / 3
         .more = {{-2. / 3, 0}, {1, 0}}},
        {.attrs = of(false),  // xhat = 1, 7 over 6; mean(g xhat) = 1 / 12; drstd: 18 / 36 / 2 xhat
         .inputs = {pair(1, 0), pair(1, 7), one(0), one(1. / 6), one(9), one(18)},
         .expect = {(1 - 1. / 72) / 6 - 1. / 24, -7. / 432 - 7. / 24},
         .more = {{1. / 6, 0}, {1, 0}}},
        {.attrs = of(true), .inputs = random(3, 7)},
        {.attrs = of(false), .inputs = random(40, 3)},
        {.attrs = of(true), .inputs = random(2, 70)},
        {.attrs = of(true), .inputs = random(0, 3)},
        {.attrs = of(true),
         .inputs = {pair(1, 0), {.shape = {1, 3}}, one(2), one(1), one(0), one(0)},
         .error = "dy is [1, 2], x is [1, 3]"},
        {.attrs = of(true),
         .inputs = {pair(1, 0), pair(0, 4), pair(0, 0), one(1), one(0), one(0)},
         .error = "mean is [1, 2]"},
        {.attrs = of(true),
         .inputs = {pair(1, 0), {.shape = {1, 2}, .dtype = DType::i32}, one(2), one(1), one(0), one(0)},
         .error = "x is i32"},
    };
  }
};

std::vector<Tensor> rows_grad(const NormRowsAttrs& attrs, std::vector<Tensor> inputs) {
  return apply_all<NormRowsGrad>(attrs, std::move(inputs), {});
}

}  // namespace

std::vector<const Op*> ops_norm_rows() { return {&op_of<NormRows>(), &op_of<NormRowsGrad>()}; }

Tensor norm_rows(const NormRowsAttrs& attrs, std::vector<Tensor> parts) {
  return apply_one<NormRows>(attrs, std::move(parts), {});
}

}  // namespace percept
