// layer_norm.cpp - normalisation of each row by its own statistics: layer_norm and rms_norm.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"
#include "percept/ops/norm/norm_rows.h"

namespace percept {
namespace {

// --- what both share ---

struct RowNormAttrs {
  Shape shape;  // of the last axes, those of a row
  double eps = 1e-5;
};

void check_rows(const char* who, const RowNormAttrs& a, const std::vector<Tensor>& in) {
  const Shape& x = in[0].shape();
  const std::size_t rank = a.shape.size();
  if (rank == 0)
    throw ShapeError(std::string(who) + ": the shape to normalise over is empty",
                     "name the sizes of the last axes, such as {" + (x.empty() ? "1" : std::to_string(x.back())) + "}");
  bool fits = x.size() >= rank;
  for (std::size_t i = 0; fits && i < rank; ++i) fits = x[x.size() - rank + i] == a.shape[i];
  if (!fits)
    throw ShapeError(std::string(who) + ": x is " + str(x) + ", the shape to normalise over " + str(a.shape),
                     "x's last sizes must be those of the shape");
  check_floating(who, "x", in[0].dtype());
  constexpr const char* kNames[] = {"x", "weight", "bias"};
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (in[i].shape() != a.shape)
      throw ShapeError(std::string(who) + ": " + kNames[i] + " is " + str(in[i].shape()) +
                           ", the shape to normalise over " + str(a.shape),
                       std::string(kNames[i]) + " has one number for each element of a row");
    check_same_dtype(who, "x", in[0].dtype(), kNames[i], in[i].dtype());
  }
  check_eps(who, a.eps);
}

// The last axes as rows of a matrix, normalised, and back.
Tensor normalised_rows(const std::vector<Tensor>& in, const NormRowsAttrs& attrs, const Shape& shape) {
  const std::int64_t width = checked_numel(shape);
  if (width == 0) return in[0];  // rows without values
  std::vector<Tensor> parts{reshape(widened(in[0]), {in[0].numel() / width, width})};
  for (std::size_t i = 1; i < in.size(); ++i) parts.push_back(reshape(widened(in[i]), {width}));
  return cast(reshape(norm_rows(attrs, std::move(parts)), in[0].shape()), in[0].dtype());
}

percept::Attrs settings(Shape shape, double eps) {
  return percept::Attrs::of(RowNormAttrs{.shape = std::move(shape), .eps = eps});
}

// --- layer_norm ---

struct LayerNorm {
  using Attrs = RowNormAttrs;
  static constexpr int arity = 3, min_arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "layer_norm";
  static constexpr std::string_view doc =
      "y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var (biased) over the last axes, those of `shape`.\n"
      "x: [..., shape], floating. weight, bias (both optional): of `shape`, of x's dtype. Result: like x.\n"
      "f16 and bf16 are computed in f32. Errors: last sizes other than `shape`, an empty `shape`, a negative eps,\n"
      "shapes and dtypes that do not fit. Source: Ba, Kiros and Hinton 2016, \"Layer normalization\". Composed of\n"
      "norm_rows.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_rows("layer_norm", a, in);
    return {normalised_rows(in, {.eps = a.eps, .centre = true}, a.shape)};
  }

  static std::vector<Sample> samples() {
    const SampleInput rows{.shape = {2, 2}, .values = {0, 4, 3, 3}}, two{.shape = {2}};
    return {
        {.attrs = settings({2}, 5), .inputs = {rows}, .expect = {-2. / 3, 2. / 3, 0, 0}},  // var 4, sqrt(4 + 5)
        {.attrs = settings({2}, 5),
         .inputs = {rows, {.shape = {2}, .values = {3, 6}}, {.shape = {2}, .values = {1, 10}}},
         .expect = {-1, 14, 1, 10}},
        {.attrs = settings({2, 2}, 0.75),  // 0 0 2 2 and 1 1 1 5: mean 1, var 1; mean 2, var 3
         .inputs = {{.shape = {2, 2, 2}, .values = {0, 0, 2, 2, 1, 1, 1, 5}}},
         .expect = {-0.7559289460184544, -0.7559289460184544, 0.7559289460184544, 0.7559289460184544,
                    -0.5163977794943222, -0.5163977794943222, -0.5163977794943222, 1.5491933384829668}},
        {.attrs = settings({4}, 1e-5), .inputs = {{.shape = {3, 4}}, {.shape = {4}}, {.shape = {4}}}},
        {.attrs = settings({3, 2}, 1e-5), .inputs = {{.shape = {2, 2, 3, 2}}, {.shape = {3, 2}}}},
        {.attrs = settings({5}, 1e-3), .inputs = {{.shape = {5}}}},
        {.attrs = settings({70}, 1e-5), .inputs = {{.shape = {3, 70}}, {.shape = {70}}, {.shape = {70}}}},
        {.attrs = settings({3}, 1e-5), .inputs = {{.shape = {0, 3}}}},
        {.attrs = settings({0}, 1e-5), .inputs = {{.shape = {2, 0}}}},
        {.attrs = settings({3}, 1), .inputs = {rows}, .error = "x is [2, 2], the shape to normalise over [3]"},
        {.attrs = settings({2, 2, 2}, 1), .inputs = {rows}, .error = "the shape to normalise over [2, 2, 2]"},
        {.attrs = settings({-1}, 1), .inputs = {rows}, .error = "the shape to normalise over [-1]"},
        {.attrs = settings({}, 1), .inputs = {rows}, .error = "the shape to normalise over is empty"},
        {.attrs = settings({2}, 1), .inputs = {rows, {.shape = {1}}}, .error = "layer_norm: weight is [1]"},
        {.attrs = settings({2}, 1), .inputs = {rows, two, {.shape = {2, 2}}}, .error = "layer_norm: bias is [2, 2]"},
        {.attrs = settings({2}, -1), .inputs = {rows}, .error = "layer_norm: eps is -1"},
        {.attrs = settings({2}, 1),
         .inputs = {{.shape = {2, 2}, .dtype = DType::i64}},
         .error = "layer_norm: x is i64"},
        {.attrs = settings({2}, 1), .inputs = {rows, {.shape = {2}, .dtype = DType::i32}}, .error = "dtypes differ"},
    };
  }
};

// --- rms_norm ---

struct RmsNorm {
  using Attrs = RowNormAttrs;
  static constexpr int arity = 2, min_arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "rms_norm";
  static constexpr std::string_view doc =
      "y = x / sqrt(mean(x^2) + eps) * weight, the mean over the last axes, those of `shape`.\n"
      "x: [..., shape], floating. weight (optional): of `shape`, of x's dtype. Result: like x. f16 and bf16 are\n"
      "computed in f32. Errors: those of layer_norm. Source: Zhang and Sennrich 2019, \"Root mean square layer\n"
      "normalization\". Composed of norm_rows.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_rows("rms_norm", a, in);
    return {normalised_rows(in, {.eps = a.eps, .centre = false}, a.shape)};
  }

  static std::vector<Sample> samples() {
    const SampleInput rows{.shape = {2, 2}, .values = {1, 7, 0, 0}};
    return {
        {.attrs = settings({2}, 0), .inputs = {{.shape = {1, 2}, .values = {1, 7}}}, .expect = {0.2, 1.4}},  // sqrt(25)
        {.attrs = settings({2}, 11),  // sqrt(25 + 11)
         .inputs = {rows, {.shape = {2}, .values = {12, 6}}},
         .expect = {2, 7, 0, 0}},
        {.attrs = settings({4}, 1e-6), .inputs = {{.shape = {3, 4}}, {.shape = {4}}}},
        {.attrs = settings({3, 2}, 1e-6), .inputs = {{.shape = {2, 2, 3, 2}}}},
        {.attrs = settings({70}, 1e-6), .inputs = {{.shape = {3, 70}}, {.shape = {70}}}},
        {.attrs = settings({3}, 1e-6), .inputs = {{.shape = {0, 3}}}},
        {.attrs = settings({3}, 1),
         .inputs = {rows},
         .error = "rms_norm: x is [2, 2], the shape to normalise over [3]"},
        {.attrs = settings({}, 1), .inputs = {rows}, .error = "rms_norm: the shape to normalise over is empty"},
        {.attrs = settings({2}, 1), .inputs = {rows, {.shape = {1}}}, .error = "rms_norm: weight is [1]"},
        {.attrs = settings({2}, -1), .inputs = {rows}, .error = "rms_norm: eps is -1"},
        {.attrs = settings({2}, 1), .inputs = {{.shape = {2, 2}, .dtype = DType::i64}}, .error = "rms_norm: x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_layer_norm() { return {&op_of<LayerNorm>(), &op_of<RmsNorm>()}; }

Tensor layer_norm(Arg x, const Shape& shape, std::optional<Arg> weight, std::optional<Arg> bias, double eps) {
  return apply_one<LayerNorm>({shape, eps}, norm_inputs(x.tensor(), weight, bias), x.site());
}
Tensor rms_norm(Arg x, const Shape& shape, std::optional<Arg> weight, double eps) {
  return apply_one<RmsNorm>({shape, eps}, norm_inputs(x.tensor(), weight, {}), x.site());
}

}  // namespace percept
