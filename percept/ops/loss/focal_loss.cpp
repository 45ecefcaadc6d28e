// focal_loss.cpp - cross entropy that turns from what is classified well already.
#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct FocalAttrs {
  double gamma = 2;
  double alpha = -1;
  std::string reduction = "mean";
};

// base^gamma, base of 0..1; a base of 0 is given a finite gradient where gamma is below 1.
Tensor modulated(const Tensor& base, double gamma) {
  if (gamma == 1) return base;
  if (gamma == 2) return square(base);
  return pow(gamma < 1 ? maximum(base, 1e-7) : base, gamma);
}

struct FocalLoss {
  using Attrs = FocalAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "focal_loss";
  static constexpr std::string_view doc =
      "loss = mean over b of -(1 - p)^gamma log(p), p = softmax(logits)[b, labels[b]], a tensor of rank 0; times "
      "alpha\n"
      "where alpha is 0 or more. logits: [B, K] or [B, K, ...], floating. labels: [B] or [B, ...], u8, i32 or i64,\n"
      "each of 0..K-1. gamma 0 is cross_entropy. reduction: \"mean\", \"sum\", or \"none\" for [B, ...].\n"
      "Errors: other shapes, a label out of range, a negative gamma. Composed. Source: Lin et al. 2017, equation 5;\n"
      "Keras's CategoricalFocalCrossentropy (whose alpha is 0.25).";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_reduction("focal_loss", a.reduction);
    check_setting("focal_loss", "gamma", a.gamma, a.gamma >= 0, "give 0 or a number above it, as 2");
    check_setting("focal_loss", "alpha", a.alpha, a.alpha <= 1, "give 0 to 1, or -1 for no weight");
    check_class_scores("focal_loss", "logits", in[0]);
    check_labels("focal_loss", "logits", in[0], in[1]);
    const Tensor log_p = squeeze(picked_classes("focal_loss", log_softmax(in[0], 1), in[1]), 1);
    Tensor loss = -log_p;
    if (a.gamma > 0) loss = modulated(1 - exp(log_p), a.gamma) * loss;
    if (a.alpha >= 0) loss = a.alpha * loss;
    return {reduced(loss, a.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](double gamma, double alpha, std::string reduction) {
      return percept::Attrs::of(Attrs{gamma, alpha, std::move(reduction)});
    };
    const auto labels = [](std::vector<double> values, DType dtype = DType::i64) {
      const auto count = static_cast<std::int64_t>(values.size());
      return SampleInput{.shape = {count}, .values = std::move(values), .dtype = dtype};
    };
    const percept::Attrs plain = with(2, -1, "mean");
    const double log2 = 0.6931471805599453, e1 = 0.3132616875182228, other = 0.2689414213699951;  // 1 / (1 + e)
    const SampleInput equal{.shape = {2, 2}, .values = {0, 0, 0, 0}}, row{.shape = {1, 2}};
    const SampleInput random{.shape = {3, 4}, .low = -2, .high = 2};
    return {
        {.attrs = plain, .inputs = {equal, labels({0, 1})}, .expect = {0.25 * log2}},
        {.attrs = with(2, 0.25, "sum"), .inputs = {equal, labels({0, 1}, DType::u8)}, .expect = {0.125 * log2}},
        {.attrs = plain, .inputs = {row, labels({1})}, .expect = {other * other * e1}},
        {.attrs = with(1, -1, "none"), .inputs = {row, labels({1})}, .expect = {other * e1}},
        {.attrs = with(0, -1, "mean"), .inputs = {row, labels({1})}, .expect = {e1}},
        {.attrs = plain, .inputs = {random, labels({3, 0, 1})}},
        {.attrs = with(0.5, 0.3, "none"), .inputs = {random, labels({3, 0, 1})}},
        {.attrs = with(3, -1, "sum"),
         .inputs = {{.shape = {2, 3, 2}}, {.shape = {2, 2}, .values = {0, 1, 2, 2}, .dtype = DType::i64}}},
        {.attrs = plain, .inputs = {{.shape = {0, 3}}, {.shape = {0}, .dtype = DType::i64}}},
        {.attrs = plain, .inputs = {row, labels({2})}, .error = "focal_loss: a label is no class of 0..1"},
        {.attrs = plain, .inputs = {row, labels({-1})}, .error = "index -1"},
        {.attrs = plain, .inputs = {row, labels({-9223372036854775807.0})}, .error = "a label is no class"},
        {.attrs = plain, .inputs = {row, row}, .error = "labels are f64"},
        {.attrs = plain, .inputs = {{.shape = {2}}, labels({0, 0})}, .error = "of rank 1"},
        {.attrs = with(-1, -1, "mean"), .inputs = {row, labels({0})}, .error = "gamma is -1"},
        {.attrs = with(2, 2, "mean"), .inputs = {row, labels({0})}, .error = "alpha is 2"},
        {.attrs = with(2, -1, "avg"), .inputs = {row, labels({0})}, .error = "reduction is \"avg\""},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_focal_loss() { return {&op_of<FocalLoss>()}; }

Tensor focal_loss(Arg logits, Arg labels, double gamma, double alpha, const std::string& reduction) {
  return apply_one<FocalLoss>({gamma, alpha, reduction}, {logits.tensor(), labels.tensor()}, logits.site());
}

}  // namespace percept
