// cosine.cpp - the angle between vectors: cosine_similarity, cosine_embedding_loss.
#include <cmath>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- cosine_similarity ---

struct CosineAttrs {
  int axis = 1;
  double eps = 1e-8;
};

struct CosineSimilarity {
  using Attrs = CosineAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "cosine_similarity";
  static constexpr std::string_view doc =
      "y = sum of a b along `axis`, divided by max(|a|, eps) max(|b|, eps), the lengths of a and b along it.\n"
      "a, b: floating; their shapes broadcast, and `axis` is one of the result of that. Result: that shape without\n"
      "the axis. A vector of zeros gives 0 (of halves NaN, as PyTorch's). Errors: shapes that do not broadcast, an "
      "axis out of range, a negative\n"
      "eps. Composed. As PyTorch's cosine_similarity.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& settings = attrs.as<Attrs>();
    for (const Tensor& x : in) check_floating("cosine_similarity", "an input", x.dtype());
    check_setting("cosine_similarity", "eps", settings.eps, settings.eps >= 0, "give 0 or a small number above it");
    const Tensor products = mul(bare(in[0]), bare(in[1]));
    const std::int64_t axis = checked_axis(settings.axis, products.rank(), "cosine_similarity");
    const Reduce along{.axes = {axis}};
    const double least = settings.eps * settings.eps;  // max before the root: no infinite gradient at zero
    const auto squared_length = [&](const Tensor& x) {
      return maximum(sum(square(expand(x, products.shape())), along), least);
    };
    return {sum(products, along) / (sqrt(squared_length(in[0])) * sqrt(squared_length(in[1])))};
  }

  static std::vector<Sample> samples() {
    const auto with = [](int axis, double eps = 1e-8) { return percept::Attrs::of(Attrs{axis, eps}); };
    const SampleInput a{.shape = {3, 2}, .values = {3, 4, 1, 0, 0, 0}},
        b{.shape = {3, 2}, .values = {4, 3, -2, 0, 1, 1}};
    const SampleInput row{.shape = {2}, .values = {0, 2}};
    return {
        {.attrs = with(1), .inputs = {a, b}, .expect = {0.96, -1, 0}},
        {.attrs = with(-1), .inputs = {a, row}, .expect = {0.8, 0, 0}},
        {.attrs = with(0), .inputs = {row, row}, .expect = {1}},
        {.attrs = with(1, 10), .inputs = {a, b}, .expect = {0.24, -0.02, 0}},
        {.attrs = with(1), .inputs = {{.shape = {3, 4}}, {.shape = {3, 4}}}},
        {.attrs = with(0), .inputs = {{.shape = {2, 3, 2}}, {.shape = {2}}}},
        {.attrs = with(1), .inputs = {{.shape = {0, 2}}, {.shape = {0, 2}}}},
        {.attrs = with(2), .inputs = {a, b}, .error = "cosine_similarity: axis 2"},
        {.attrs = with(-3), .inputs = {a, b}, .error = "axis -3"},
        {.attrs = with(1), .inputs = {a, {.shape = {2, 2}}}, .error = "[2, 2]"},
        {.attrs = with(1), .inputs = {a, {.shape = {3, 2}, .dtype = DType::i64}}, .error = "an input is i64"},
        {.attrs = with(1, -1), .inputs = {a, b}, .error = "eps is -1"},
    };
  }
};

// --- cosine_embedding_loss ---

struct CosineEmbeddingAttrs {
  double margin = 0;
  std::string reduction = "mean";
};

struct CosineEmbeddingLoss {
  using Attrs = CosineEmbeddingAttrs;
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "cosine_embedding_loss";
  static constexpr std::string_view doc =
      "Each pair gives 1 - cos(a, b) where its target is 1, and max(0, cos(a, b) - margin) where it is -1; loss is\n"
      "their mean, a tensor of rank 0. a, b: [B, D] of one shape, floating. target: [B], each 1 or -1 (others count\n"
      "as 0 loss). margin: -1..1. reduction: \"mean\", \"sum\", or \"none\" for [B].\n"
      "Errors: other shapes, a margin out of range. Composed. As PyTorch's cosine_embedding_loss.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& s = attrs.as<Attrs>();
    check_reduction("cosine_embedding_loss", s.reduction);
    check_setting("cosine_embedding_loss", "margin", s.margin, s.margin >= -1 && s.margin <= 1,
                  "give a cosine, -1 to 1");
    const Tensor &a = in[0], &b = in[1], &target = in[2];
    check_floating("cosine_embedding_loss", "a", a.dtype());
    check_floating("cosine_embedding_loss", "b", b.dtype());
    if (a.rank() != 2 || a.shape() != b.shape() || target.shape() != Shape{a.shape()[0]})
      throw ShapeError("cosine_embedding_loss: a is " + str(a.shape()) + ", b is " + str(b.shape()) + ", target is " +
                           str(target.shape()),
                       "a and b must be [B, D], target [B]");
    const Reduce rows{.axes = {1}};
    const Tensor lengths = sqrt((sum(square(a), rows) + 1e-12) * (sum(square(b), rows) + 1e-12));
    const Tensor cosine = sum(a * b, rows) / lengths;
    const Tensor alike = where(target == 1, 1 - cosine, 0.0);
    return {reduced(where(target == -1, relu(cosine - s.margin), alike), s.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](double margin, std::string reduction) {
      return percept::Attrs::of(Attrs{margin, std::move(reduction)});
    };
    const percept::Attrs plain = with(0, "mean");
    const SampleInput a{.shape = {2, 2}, .values = {3, 4, 3, 4}}, b{.shape = {2, 2}, .values = {4, 3, 4, 3}};
    const SampleInput target{.shape = {2}, .values = {1, -1}, .dtype = DType::i64};
    const SampleInput random{.shape = {2, 3}, .low = -2, .high = 2};
    return {
        {.attrs = with(0, "none"), .inputs = {a, b, target}, .expect = {0.04, 0.96}},
        {.attrs = with(0.5, "sum"), .inputs = {a, b, target}, .expect = {0.5}},
        {.attrs = plain, .inputs = {a, b, {.shape = {2}, .values = {-1, 0.5}}}, .expect = {0.48}},
        {.attrs = plain, .inputs = {random, random, target}},
        {.attrs = with(-0.9, "none"),
         .inputs = {random, random, {.shape = {2}, .values = {-1, -1}, .dtype = DType::i64}}},
        {.attrs = plain, .inputs = {{.shape = {0, 2}}, {.shape = {0, 2}}, {.shape = {0}}}},
        {.attrs = plain, .inputs = {a, b, {.shape = {3}}}, .error = "target is [3]"},
        {.attrs = plain, .inputs = {a, {.shape = {2, 3}}, target}, .error = "b is [2, 3]"},
        {.attrs = plain, .inputs = {{.shape = {2}}, {.shape = {2}}, target}, .error = "a is [2]"},
        {.attrs = plain, .inputs = {{.shape = {2, 2}, .dtype = DType::u8}, b, target}, .error = "a is u8"},
        {.attrs = with(1.5, "mean"), .inputs = {a, b, target}, .error = "margin is 1.5"},
        {.attrs = with(0, "avg"), .inputs = {a, b, target}, .error = "reduction is \"avg\""},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_cosine() { return {&op_of<CosineSimilarity>(), &op_of<CosineEmbeddingLoss>()}; }

Tensor cosine_similarity(Arg a, Arg b, int axis, double eps) {
  return apply_one<CosineSimilarity>({axis, eps}, {a.tensor(), b.tensor()}, a.site());
}
Tensor cosine_embedding_loss(Arg a, Arg b, Arg target, double margin, const std::string& reduction) {
  return apply_one<CosineEmbeddingLoss>({margin, reduction}, {a.tensor(), b.tensor(), target.tensor()}, a.site());
}

}  // namespace percept
