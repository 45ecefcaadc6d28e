// batch_norm.cpp - normalisation of each channel, by the statistics of the batch or by given ones.
#include "percept/ops/apply.h"
#include "percept/ops/norm/batch_norm_rows.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

// --- what both share ---

struct NormAttrs {
  double eps = 1e-5;
};

void check_x(const char* who, const Tensor& x, double eps) {
  if (x.rank() < 2)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape()) + ", of rank " + std::to_string(x.rank()),
                     "pass [batch, channels], [batch, channels, length] or [batch, channels, height, width]");
  check_floating(who, "x", x.dtype());
  check_eps(who, eps);
}

// [C] as [1, C, 1, 1], so that it repeats over the other axes of x.
Tensor along_channels(const Tensor& value, const Tensor& x) {
  Shape shape(x.shape().size(), 1);
  shape[1] = x.shape()[1];
  return reshape(value, shape);
}

percept::Attrs settings(double eps) { return percept::Attrs::of(NormAttrs{.eps = eps}); }

// --- batch_norm ---

struct BatchNorm {
  using Attrs = NormAttrs;
  static constexpr int arity = 3, results = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "batch_norm";
  static constexpr std::string_view doc =
      "y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var over all axes but 1; var is biased (sum / N).\n"
      "x: [B, C, ...], floating. weight, bias: [C], of x's dtype. Results: y [B, C, ...], images stored "
      "channels-last,\n"
      "mean [C], var [C]. The differences x - mean are formed before they are scaled, so that a mean far from 0 costs\n"
      "no digits.\n"
      "Errors: ranks, sizes and dtypes that do not fit, no values per channel, a negative eps.\n"
      "Source: Ioffe and Szegedy 2015, algorithm 1. Composed of batch_norm_rows.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const double eps = attrs.as<Attrs>().eps;
    const Tensor &x = in[0], &weight = in[1], &bias = in[2];
    check_x("batch_norm", x, eps);
    check_per_channel("batch_norm", "weight", weight, x);
    check_per_channel("batch_norm", "bias", bias, x);
    if (x.numel() == 0)
      throw ShapeError("batch_norm: x is " + str(x.shape()) + ", without values to take statistics of",
                       "pass at least one row, or normalize with given statistics");
    if (x.rank() == 2) return batch_norm_rows(x, weight, bias, eps);
    // Channels innermost: a view of a channels-last image, a copy of another.
    Dims inward{0}, outward{0, x.rank() - 1};
    Shape last{x.shape()[0]};
    for (int axis = 2; axis < x.rank(); ++axis) {
      inward.push_back(axis);
      outward.push_back(axis - 1);
      last.push_back(x.shape()[static_cast<std::size_t>(axis)]);
    }
    const std::int64_t channels = x.shape()[1];
    inward.push_back(1);
    last.push_back(channels);
    const Tensor rows = reshape(permute(x, inward), {x.numel() / channels, channels});  // [B H W, C]
    std::vector<Tensor> results = batch_norm_rows(rows, weight, bias, eps);
    results[0] = permute(reshape(results[0], last), outward);  // [B, C, H, W]
    return results;
  }

  static std::vector<Sample> samples() {
    const SampleInput weight{.shape = {1}, .values = {2}}, bias{.shape = {1}, .values = {10}};
    const SampleInput two{.shape = {2}};
    return {
        {.attrs = settings(0),  // 0 and 4: mean 2, var 4
         .inputs = {{.shape = {2, 1}, .values = {0, 4}}, weight, bias},
         .expect = {8, 12},
         .more = {{2}, {4}}},
        {.attrs = settings(5),  // 0, 4, 0, 4: sqrt(4 + 5) = 3
         .inputs = {{.shape = {1, 1, 2, 2}, .values = {0, 4, 0, 4}}, {.shape = {1}, .values = {3}}, bias},
         .expect = {8, 12, 8, 12},
         .more = {{2}, {4}}},
        {.attrs = settings(0),  // channels apart: 0 2 and 10 20
         .inputs = {{.shape = {2, 2}, .values = {0, 10, 2, 20}}, {.shape = {2}, .values = {1, 1}}, two},
         .expect = {-1, 0, 1, 2},
         .more = {{1, 15}, {1, 25}}},
        {.attrs = settings(1),
         .inputs = {{.shape = {1, 1}, .values = {7}}, weight, bias},
         .expect = {10},
         .more = {{7}, {0}}},
        {.attrs = settings(1e-3), .inputs = {{.shape = {3, 2, 2, 2}}, two, two}},
        {.attrs = settings(1e-5), .inputs = {{.shape = {5, 2}}, two, two}},
        {.attrs = settings(1e-5), .inputs = {{.shape = {2, 2, 3}}, two, two}},
        {.attrs = settings(1e-5), .inputs = {{.shape = {4}}, weight, bias}, .error = "batch_norm: x is [4], of rank 1"},
        {.attrs = settings(1e-5), .inputs = {{.shape = {2, 3}}, weight, bias}, .error = "x is [2, 3], weight is [1]"},
        {.attrs = settings(1e-5), .inputs = {{.shape = {2, 1}}, weight, two}, .error = "x is [2, 1], bias is [2]"},
        {.attrs = settings(-1), .inputs = {{.shape = {2, 1}}, weight, bias}, .error = "batch_norm: eps is -1"},
        {.attrs = settings(1e-5), .inputs = {{.shape = {0, 1}}, weight, bias}, .error = "without values"},
        {.attrs = settings(1e-5),
         .inputs = {{.shape = {2, 1}, .dtype = DType::i32}, weight, bias},
         .error = "batch_norm: x is i32"},
        {.attrs = settings(1e-5),
         .inputs = {{.shape = {2, 1}}, {.shape = {1}, .dtype = DType::i32}, bias},
         .error = "batch_norm: dtypes differ"},
    };
  }
};

// --- normalize ---

struct Normalize {
  using Attrs = NormAttrs;
  static constexpr int arity = 5, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "normalize";
  static constexpr std::string_view doc =
      "y = x * scale + shift with scale = weight / sqrt(var + eps) and shift = bias - mean * scale: batch_norm with\n"
      "given statistics. Scale and shift are folded per channel first: x sees one product and one sum.\n"
      "x: [B, C, ...], floating. weight, bias, mean, var: [C], of x's dtype. Result: like x.\n"
      "Errors: ranks, sizes and dtypes that do not fit, a negative eps. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const double eps = attrs.as<Attrs>().eps;
    const Tensor& x = in[0];
    check_x("normalize", x, eps);
    constexpr const char* kNames[] = {"x", "weight", "bias", "mean", "var"};
    for (std::size_t i = 1; i < in.size(); ++i) check_per_channel("normalize", kNames[i], in[i], x);
    const Tensor scale = rsqrt(in[4] + eps) * in[1];  // [C]
    const Tensor shift = in[2] - in[3] * scale;       // [C]
    return {x * along_channels(scale, x) + along_channels(shift, x)};
  }

  static std::vector<Sample> samples() {
    const auto of = [](std::vector<double> values) {
      const auto count = static_cast<std::int64_t>(values.size());
      return SampleInput{.shape = {count}, .values = std::move(values)};
    };
    const SampleInput two{.shape = {2}}, var{.shape = {2}, .low = 0.5, .high = 2}, one{.shape = {1}};
    return {
        {.attrs = settings(5),  // scale 6 / 3, shift 10 - 1 * 2
         .inputs = {{.shape = {2, 1}}, of({6}), of({10}), of({1}), of({4})},
         .expect = {8, 10}},
        {.attrs = settings(0),
         .inputs = {{.shape = {1, 2, 1, 2}}, of({1, 2}), of({0, 1}), of({0, 2}), of({1, 4})},
         .expect = {0, 1, 1, 2}},
        {.attrs = settings(1e-3), .inputs = {{.shape = {3, 2, 2, 2}}, two, two, two, var}},
        {.attrs = settings(1e-5), .inputs = {{.shape = {4, 2}}, two, two, two, var}},
        {.attrs = settings(1e-5), .inputs = {{.shape = {0, 2, 2, 2}}, two, two, two, var}},
        {.attrs = settings(1),
         .inputs = {{.shape = {2}}, one, one, one, one},
         .error = "normalize: x is [2], of rank 1"},
        {.attrs = settings(1), .inputs = {{.shape = {2, 2}}, two, two, one, var}, .error = "x is [2, 2], mean is [1]"},
        {.attrs = settings(1), .inputs = {{.shape = {2, 2}}, two, two, two, one}, .error = "x is [2, 2], var is [1]"},
        {.attrs = settings(-0.5), .inputs = {{.shape = {2, 2}}, two, two, two, var}, .error = "eps is -0.5"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_batch_norm() { return {&op_of<BatchNorm>(), &op_of<Normalize>()}; }

BatchNormResult batch_norm(Arg x, Arg weight, Arg bias, double eps) {
  std::vector<Tensor> results =
      apply_all<BatchNorm>({.eps = eps}, {x.tensor(), weight.tensor(), bias.tensor()}, x.site());
  return {std::move(results[0]), std::move(results[1]), std::move(results[2])};
}

Tensor normalize(Arg x, Arg weight, Arg bias, Arg mean, Arg var, double eps) {
  return apply_one<Normalize>({.eps = eps}, {x.tensor(), weight.tensor(), bias.tensor(), mean.tensor(), var.tensor()},
                              x.site());
}

}  // namespace percept
