// regression.cpp - losses of numbers against numbers: mse_loss, l1_loss, huber_loss, smooth_l1_loss.
#include <cmath>
#include <limits>
#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct ReductionAttrs {
  std::string reduction = "mean";
};
struct BendAttrs {
  double bend = 1;  // where the square ends: delta of huber_loss, beta of smooth_l1_loss
  std::string reduction = "mean";
};

Tensor distance(const char* who, const std::vector<Tensor>& in, const std::string& reduction) {
  check_reduction(who, reduction);
  check_pair(who, "x", in[0], in[1]);
  return in[0] - in[1];
}

// Samples that all of these share: refusals, and random ones.
template <class A>
void add_shared(std::vector<Sample>& samples, A attrs, const std::string& name) {
  const percept::Attrs plain = percept::Attrs::of(attrs);
  samples.push_back({.attrs = plain, .inputs = {{.shape = {3, 2}}, {.shape = {3, 2}}}});
  samples.push_back({.attrs = plain, .inputs = {{.shape = {0}}, {.shape = {0}}}});
  attrs.reduction = "sum";
  samples.push_back({.attrs = percept::Attrs::of(attrs), .inputs = {{.shape = {5}}, {.shape = {5}}}});
  attrs.reduction = "none";
  samples.push_back({.attrs = percept::Attrs::of(attrs),
                     .inputs = {{.shape = {2, 2}, .low = -3, .high = 3}, {.shape = {2, 2}, .low = -3, .high = 3}}});
  samples.push_back({.attrs = plain,
                     .inputs = {{.shape = {2, 1}}, {.shape = {2}}},
                     .error = name + ": shapes differ: x is [2, 1], target is [2]"});
  samples.push_back(
      {.attrs = plain, .inputs = {{.shape = {2}, .dtype = DType::i64}, {.shape = {2}}}, .error = name + ": x is i64"});
  attrs.reduction = "average";
  samples.push_back({.attrs = percept::Attrs::of(attrs),
                     .inputs = {{.shape = {2}}, {.shape = {2}}},
                     .error = name + ": reduction is \"average\""});
}

const SampleInput kCounting{.shape = {2, 2}};  // 0, 1, 2, 3
const SampleInput kZeros{.shape = {2, 2}, .values = {0, 0, 0, 0}};

struct MseLoss {
  using Attrs = ReductionAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "mse_loss";
  static constexpr std::string_view doc =
      "loss = mean of (x - target)^2 over all elements, a tensor of rank 0. No elements give NaN.\n"
      "x: any shape, floating. target: the same shape; dtypes promote as in PyTorch.\n"
      "reduction: \"mean\", \"sum\", or \"none\" for one number per element.\n"
      "Errors: shapes that differ: [B, 1] against [B] would silently compare all pairs. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::string& reduction = attrs.as<Attrs>().reduction;
    return {reduced(square(distance("mse_loss", in, reduction)), reduction)};
  }
  static std::vector<Sample> samples() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{});
    std::vector<Sample> all = {
        {.attrs = plain, .inputs = {kCounting, kZeros}, .expect = {3.5}},  // (1 + 4 + 9) / 4
        {.attrs = percept::Attrs::of(Attrs{"sum"}), .inputs = {kCounting, kZeros}, .expect = {14}},
        {.attrs = percept::Attrs::of(Attrs{"none"}), .inputs = {kCounting, kZeros}, .expect = {0, 1, 4, 9}},
        {.attrs = plain,
         .inputs = {{.shape = {2}}, {.shape = {2}, .values = {2, 2}, .dtype = DType::i64}},
         .expect = {2.5}},
        {.attrs = plain, .inputs = {{.shape = {}, .values = {3}}, {.shape = {}, .values = {1}}}, .expect = {4}},
    };
    add_shared(all, Attrs{}, "mse_loss");
    return all;
  }
};

struct L1Loss {
  using Attrs = ReductionAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "l1_loss";
  static constexpr std::string_view doc =
      "loss = mean of |x - target| over all elements, a tensor of rank 0: the mean absolute error. No elements give\n"
      "NaN; the gradient where x = target is 0. x: any shape, floating. target: the same shape.\n"
      "reduction: \"mean\", \"sum\" or \"none\". Errors: shapes that differ. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::string& reduction = attrs.as<Attrs>().reduction;
    return {reduced(abs(distance("l1_loss", in, reduction)), reduction)};
  }
  static std::vector<Sample> samples() {
    const SampleInput twos{.shape = {2, 2}, .values = {2, 2, 2, 2}};
    std::vector<Sample> all = {
        {.attrs = percept::Attrs::of(Attrs{}), .inputs = {kCounting, twos}, .expect = {1}},  // (2 + 1 + 0 + 1) / 4
        {.attrs = percept::Attrs::of(Attrs{"sum"}), .inputs = {kCounting, twos}, .expect = {4}},
        {.attrs = percept::Attrs::of(Attrs{"none"}), .inputs = {kCounting, twos}, .expect = {2, 1, 0, 1}},
    };
    add_shared(all, Attrs{}, "l1_loss");
    return all;
  }
};

struct HuberLoss {
  using Attrs = BendAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "huber_loss";
  static constexpr std::string_view doc =
      "loss = mean of d^2 / 2 where d = |x - target| <= delta, else delta (d - delta / 2), a tensor of rank 0.\n"
      "x: any shape, floating. target: the same shape. delta: above 0, also infinity. reduction: \"mean\", \"sum\" or "
      "\"none\".\n"
      "Errors: shapes that differ, delta of 0 or less. Composed. Source: Huber 1964.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_setting("huber_loss", "delta", a.bend, a.bend > 0, "give a number above 0");
    const Tensor d = abs(distance("huber_loss", in, a.reduction));
    if (std::isinf(a.bend)) return {reduced(0.5 * square(d), a.reduction)};  // nothing lies beyond it
    return {reduced(where(d <= a.bend, 0.5 * square(d), a.bend * (d - 0.5 * a.bend)), a.reduction)};
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = {
        {.attrs = percept::Attrs::of(Attrs{1, "none"}), .inputs = {kCounting, kZeros}, .expect = {0, 0.5, 1.5, 2.5}},
        {.attrs = percept::Attrs::of(Attrs{2, "none"}), .inputs = {kCounting, kZeros}, .expect = {0, 0.5, 2, 4}},
        {.attrs = percept::Attrs::of(Attrs{}), .inputs = {kCounting, kZeros}, .expect = {1.125}},
        {.attrs = percept::Attrs::of(Attrs{std::numeric_limits<double>::infinity(), "none"}),
         .inputs = {kCounting, kZeros},
         .expect = {0, 0.5, 2, 4.5}},
        {.attrs = percept::Attrs::of(Attrs{0, "mean"}), .inputs = {kCounting, kZeros}, .error = "delta is 0"},
        {.attrs = percept::Attrs::of(Attrs{-1, "mean"}), .inputs = {kCounting, kZeros}, .error = "delta is -1"},
    };
    add_shared(all, Attrs{}, "huber_loss");
    return all;
  }
};

struct SmoothL1Loss {
  using Attrs = BendAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "smooth_l1_loss";
  static constexpr std::string_view doc =
      "loss = mean of d^2 / (2 beta) where d = |x - target| < beta, else d - beta / 2, a tensor of rank 0: huber_loss\n"
      "divided by beta; l1_loss for beta 0. x: any shape, floating. target: the same shape.\n"
      "reduction: \"mean\", \"sum\" or \"none\". Errors: shapes that differ, a negative beta. Composed.\n"
      "Source: Girshick 2015, equation 3.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_setting("smooth_l1_loss", "beta", a.bend, a.bend >= 0, "give 0 or a number above it");
    const Tensor d = abs(distance("smooth_l1_loss", in, a.reduction));
    if (a.bend == 0) return {reduced(d, a.reduction)};
    return {reduced(where(d < a.bend, 0.5 / a.bend * square(d), d - 0.5 * a.bend), a.reduction)};
  }
  static std::vector<Sample> samples() {
    std::vector<Sample> all = {
        {.attrs = percept::Attrs::of(Attrs{1, "none"}), .inputs = {kCounting, kZeros}, .expect = {0, 0.5, 1.5, 2.5}},
        {.attrs = percept::Attrs::of(Attrs{2, "none"}), .inputs = {kCounting, kZeros}, .expect = {0, 0.25, 1, 2}},
        {.attrs = percept::Attrs::of(Attrs{0, "sum"}), .inputs = {kCounting, kZeros}, .expect = {6}},
        {.attrs = percept::Attrs::of(Attrs{-1, "mean"}), .inputs = {kCounting, kZeros}, .error = "beta is -1"},
    };
    add_shared(all, Attrs{}, "smooth_l1_loss");
    return all;
  }
};

}  // namespace

std::vector<const Op*> ops_regression() {
  return {&op_of<MseLoss>(), &op_of<L1Loss>(), &op_of<HuberLoss>(), &op_of<SmoothL1Loss>()};
}

Tensor mse_loss(Arg x, Arg target, const std::string& reduction) {
  return apply_one<MseLoss>({reduction}, {x.tensor(), target.tensor()}, x.site());
}
Tensor l1_loss(Arg x, Arg target, const std::string& reduction) {
  return apply_one<L1Loss>({reduction}, {x.tensor(), target.tensor()}, x.site());
}
Tensor huber_loss(Arg x, Arg target, double delta, const std::string& reduction) {
  return apply_one<HuberLoss>({delta, reduction}, {x.tensor(), target.tensor()}, x.site());
}
Tensor smooth_l1_loss(Arg x, Arg target, double beta, const std::string& reduction) {
  return apply_one<SmoothL1Loss>({beta, reduction}, {x.tensor(), target.tensor()}, x.site());
}

}  // namespace percept
