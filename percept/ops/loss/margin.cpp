// margin.cpp - losses that are content once a margin is kept: hinge_loss, multi_margin_loss, triplet_margin_loss.
#include <cmath>
#include <limits>

#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- hinge_loss ---

struct HingeAttrs {
  bool squared = false;
  std::string reduction = "mean";
};

struct HingeLoss {
  using Attrs = HingeAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "hinge_loss";
  static constexpr std::string_view doc =
      "loss = mean of max(0, 1 - t x) over all elements, a tensor of rank 0; of its square with squared.\n"
      "x: scores, any shape, floating. target t: the same shape, each -1 or 1; 0 counts as -1, as Keras's labels.\n"
      "reduction: \"mean\", \"sum\" or \"none\". The gradient where t x = 1 is 0. Errors: shapes that differ. "
      "Composed.\n"
      "Source: Rosenblatt's margin as in Cortes and Vapnik 1995; Keras's Hinge and SquaredHinge.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_reduction("hinge_loss", a.reduction);
    check_pair("hinge_loss", "x", in[0], in[1]);
    const Tensor t = floating_target(in[1], in[0].dtype());
    const Tensor missing = relu(1 - where(t == 0, -1.0, t) * in[0]);
    return {reduced(a.squared ? square(missing) : missing, a.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](bool squared, std::string reduction) {
      return percept::Attrs::of(Attrs{squared, std::move(reduction)});
    };
    const SampleInput scores{.shape = {4}, .values = {2, 0.5, 1, -1}}, signs{.shape = {4}, .values = {1, 1, -1, -1}};
    const SampleInput random{.shape = {4}, .low = -2, .high = 2};
    return {
        {.attrs = with(false, "none"), .inputs = {scores, signs}, .expect = {0, 0.5, 2, 0}},
        {.attrs = with(true, "none"), .inputs = {scores, signs}, .expect = {0, 0.25, 4, 0}},
        {.attrs = with(false, "mean"), .inputs = {scores, signs}, .expect = {0.625}},
        {.attrs = with(true, "sum"),
         .inputs = {scores, {.shape = {4}, .values = {1, 1, -1, -1}, .dtype = DType::i32}},
         .expect = {4.25}},
        {.attrs = with(false, "mean"),
         .inputs = {random, {.shape = {4}, .values = {1, 1, -1, -1}, .dtype = DType::i64}}},
        {.attrs = with(true, "none"),
         .inputs = {random, {.shape = {4}, .values = {1, 1, -1, -1}, .dtype = DType::i64}}},
        // Labels 0 and 1, as Keras takes them: 0.5 and 1.5
        {.attrs = with(false, "none"),
         .inputs = {{.shape = {2}, .values = {0.5, 0.5}}, {.shape = {2}, .values = {1, 0}, .dtype = DType::u8}},
         .expect = {0.5, 1.5}},
        {.attrs = with(false, "mean"), .inputs = {{.shape = {0}}, {.shape = {0}}}},
        {.attrs = with(false, "mean"),
         .inputs = {{.shape = {2, 1}}, {.shape = {2}}},
         .error = "hinge_loss: shapes differ"},
        {.attrs = with(false, "mean"),
         .inputs = {{.shape = {2}, .dtype = DType::u8}, {.shape = {2}}},
         .error = "x is u8"},
        {.attrs = with(false, "avg"), .inputs = {{.shape = {2}}, {.shape = {2}}}, .error = "reduction is \"avg\""},
    };
  }
};

// --- multi_margin_loss ---

struct MultiMarginAttrs {
  double margin = 1;
  std::string reduction = "mean";
};

struct MultiMarginLoss {
  using Attrs = MultiMarginAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "multi_margin_loss";
  static constexpr std::string_view doc =
      "Each row gives the sum over k other than its label of max(0, margin - x[label] + x[k]), divided by K; loss is\n"
      "their mean, a tensor of rank 0. x: scores [B, K], floating. labels: [B], u8, i32 or i64, each of 0..K-1.\n"
      "reduction: \"mean\", \"sum\", or \"none\" for [B]. Errors: other shapes, a label out of range. Composed.\n"
      "Source: Crammer and Singer 2001; PyTorch's multi_margin_loss with p = 1.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_reduction("multi_margin_loss", a.reduction);
    check_setting("multi_margin_loss", "margin", a.margin, std::isfinite(a.margin), "give a finite number");
    check_class_scores("multi_margin_loss", "scores", in[0]);
    if (in[0].rank() != 2)
      throw ShapeError("multi_margin_loss: scores are " + str(in[0].shape()), "pass [batch, classes]");
    check_labels("multi_margin_loss", "scores", in[0], in[1]);
    const Tensor own = picked_classes("multi_margin_loss", in[0], in[1]);  // [B, 1]
    const std::int64_t classes = in[0].shape()[1];
    if (classes == 0) return {reduced(sum(in[0], {.axes = {1}}), a.reduction)};  // then B is 0: no label is in range
    const Tensor is_own = one_hot(in[1], classes, DType::boolean);
    const Tensor missing = where(is_own, 0.0, relu(a.margin - own + in[0]));
    return {reduced(sum(missing, {.axes = {1}}) / static_cast<double>(classes), a.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](double margin, std::string reduction) {
      return percept::Attrs::of(Attrs{margin, std::move(reduction)});
    };
    const percept::Attrs plain = with(1, "mean");
    const SampleInput scores{.shape = {2, 3}, .values = {3, 1, 2.5, 0, 0, 0}};
    const auto labels = [](std::vector<double> values) {
      return SampleInput{.shape = {2}, .values = std::move(values), .dtype = DType::i64};
    };
    const SampleInput random{.shape = {2, 3}, .low = -2, .high = 2};
    return {
        {.attrs = with(1, "none"), .inputs = {scores, labels({0, 2})}, .expect = {0.5 / 3, 2.0 / 3}},
        {.attrs = plain, .inputs = {scores, labels({0, 2})}, .expect = {2.5 / 6}},
        {.attrs = with(2, "sum"), .inputs = {scores, labels({0, 2})}, .expect = {1.5 / 3 + 4.0 / 3}},
        {.attrs = plain, .inputs = {random, labels({1, 0})}},
        {.attrs = with(0.5, "none"), .inputs = {random, {.shape = {2}, .values = {2, 2}, .dtype = DType::u8}}},
        {.attrs = plain, .inputs = {{.shape = {0, 3}}, {.shape = {0}, .dtype = DType::i64}}},
        {.attrs = plain, .inputs = {scores, labels({0, 3})}, .error = "multi_margin_loss: a label is no class of 0..2"},
        {.attrs = plain, .inputs = {scores, labels({0, -1})}, .error = "index -1"},
        {.attrs = plain, .inputs = {scores, labels({0, -9223372036854775807.0})}, .error = "a label is no class"},
        {.attrs = plain, .inputs = {{.shape = {1, 2, 2}}, labels({0, 1})}, .error = "multi_margin_loss: scores are"},
        {.attrs = plain, .inputs = {{.shape = {2}}, labels({0, 1})}, .error = "of rank 1"},
        {.attrs = plain, .inputs = {scores, scores}, .error = "labels are f64"},
        {.attrs = with(std::numeric_limits<double>::infinity(), "mean"),
         .inputs = {scores, labels({0, 1})},
         .error = "margin is inf"},
        {.attrs = with(1, "avg"), .inputs = {scores, labels({0, 1})}, .error = "reduction is \"avg\""},
    };
  }
};

// --- triplet_margin_loss ---

struct TripletAttrs {
  double margin = 1;
  double p = 2;
  std::string reduction = "mean";
};

// |a - b + 1e-6| in the p-norm over the last axis, as PyTorch's pairwise_distance.
Tensor distance(const Tensor& a, const Tensor& b, double p) {
  const DType dtype = a.dtype();
  const Tensor d = a - b + 1e-6;
  if (dtype != DType::f16 && dtype != DType::bf16) return norm(d, p, {.axes = {-1}});
  return cast(norm(cast(d, DType::f32), p, {.axes = {-1}}), dtype);  // powers of a half leave its range
}

struct TripletMarginLoss {
  using Attrs = TripletAttrs;
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "triplet_margin_loss";
  static constexpr std::string_view doc =
      "Each row gives max(0, d(anchor, positive) - d(anchor, negative) + margin), d(a, b) the p-norm of a - b + 1e-6\n"
      "over the last axis; loss is their mean, a tensor of rank 0. anchor, positive, negative: one shape [B, D] or\n"
      "[..., D], floating. margin: above 0. p: above 0, also infinity. reduction: \"mean\", \"sum\", or \"none\".\n"
      "Errors: shapes that differ, rank 0. Composed. Source: Balntas et al. 2016; PyTorch's triplet_margin_loss.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_reduction("triplet_margin_loss", a.reduction);
    check_setting("triplet_margin_loss", "margin", a.margin, a.margin > 0, "give a number above 0");
    check_setting("triplet_margin_loss", "p", a.p, a.p > 0, "give a number above 0, as 2");
    for (const Tensor& x : in) check_floating("triplet_margin_loss", "an input", x.dtype());
    if (in[0].shape() != in[1].shape() || in[0].shape() != in[2].shape() || in[0].rank() == 0)
      throw ShapeError("triplet_margin_loss: anchor is " + str(in[0].shape()) + ", positive is " + str(in[1].shape()) +
                           ", negative is " + str(in[2].shape()),
                       "all three must be of one shape, [B, D]");
    return {reduced(relu(distance(in[0], in[1], a.p) - distance(in[0], in[2], a.p) + a.margin), a.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](double margin, double p, std::string reduction) {
      return percept::Attrs::of(Attrs{margin, p, std::move(reduction)});
    };
    const double inf = std::numeric_limits<double>::infinity();
    const percept::Attrs plain = with(1, 2, "mean");
    const SampleInput a{.shape = {2, 2}, .values = {0, 0, 0, 0}};
    const SampleInput p{.shape = {2, 2}, .values = {3, 4, 0, 1}}, n{.shape = {2, 2}, .values = {0, 2, 9, 9}};
    const SampleInput x{.shape = {3, 2}, .low = -3, .high = 3};
    // d(a, p) = 5 and 1, d(a, n) = 2 and 9 sqrt(2); the 1e-6 moves the sixth digit
    return {
        {.attrs = with(1, 2, "none"), .inputs = {a, p, n}, .expect = {4, 0}, .tolerance = 1e-5},
        {.attrs = plain, .inputs = {a, p, n}, .expect = {2}, .tolerance = 1e-5},
        {.attrs = with(0.5, 1, "sum"), .inputs = {a, p, n}, .expect = {5.5}, .tolerance = 1e-5},
        {.attrs = with(1, inf, "none"), .inputs = {a, p, n}, .expect = {3, 0}, .tolerance = 1e-5},
        {.attrs = with(1, 3, "none"), .inputs = {a, p, n}, .expect = {std::cbrt(91.0) - 1, 0}, .tolerance = 1e-5},
        {.attrs = plain, .inputs = {x, x, x}},
        {.attrs = with(3, 3, "none"), .inputs = {x, x, x}},
        {.attrs = with(2, 1, "sum"), .inputs = {x, x, x}},
        {.attrs = plain, .inputs = {{.shape = {0, 2}}, {.shape = {0, 2}}, {.shape = {0, 2}}}},
        {.attrs = plain, .inputs = {a, p, {.shape = {1, 2}}}, .error = "negative is [1, 2]"},
        {.attrs = plain, .inputs = {{.shape = {}}, {.shape = {}}, {.shape = {}}}, .error = "anchor is []"},
        {.attrs = plain,
         .inputs = {{.shape = {2}, .dtype = DType::i64}, {.shape = {2}}, {.shape = {2}}},
         .error = "i64"},
        {.attrs = with(0, 2, "mean"), .inputs = {a, p, n}, .error = "margin is 0"},
        {.attrs = with(1, 0, "mean"), .inputs = {a, p, n}, .error = "p is 0"},
        {.attrs = with(1, 2, "avg"), .inputs = {a, p, n}, .error = "reduction is \"avg\""},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_margin() {
  return {&op_of<HingeLoss>(), &op_of<MultiMarginLoss>(), &op_of<TripletMarginLoss>()};
}

Tensor hinge_loss(Arg x, Arg target, bool squared, const std::string& reduction) {
  return apply_one<HingeLoss>({squared, reduction}, {x.tensor(), target.tensor()}, x.site());
}
Tensor multi_margin_loss(Arg x, Arg labels, double margin, const std::string& reduction) {
  return apply_one<MultiMarginLoss>({margin, reduction}, {x.tensor(), labels.tensor()}, x.site());
}
Tensor triplet_margin_loss(Arg anchor, Arg positive, Arg negative, double margin, double p,
                           const std::string& reduction) {
  return apply_one<TripletMarginLoss>({margin, p, reduction}, {anchor.tensor(), positive.tensor(), negative.tensor()},
                                      anchor.site());
}

}  // namespace percept
