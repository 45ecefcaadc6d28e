// divergence.cpp - losses between distributions: kl_div, poisson_nll_loss.
#include <cmath>
#include <limits>
#include <numbers>

#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

constexpr double kLog2 = 0.6931471805599453;

// --- kl_div ---

struct KlAttrs {
  bool log_target = false;
  std::string reduction = "mean";
};

struct KlDiv {
  using Attrs = KlAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "kl_div";
  static constexpr std::string_view doc =
      "Each element gives t (log(t) - x), or exp(t) (t - x) with log_target; 0 log(0) is 0. x: log probabilities, any\n"
      "shape, floating. target t: the same shape, probabilities, or their logarithms with log_target.\n"
      "reduction: \"mean\" over all elements as PyTorch's, \"batchmean\" (the sum divided by x's first size: the\n"
      "mathematical divergence per sample), \"sum\" or \"none\". A negative t gives NaN. Errors: shapes that differ.\n"
      "Composed.\n"
      "Source: Kullback and Leibler 1951, as PyTorch's kl_div.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    if (a.reduction != "batchmean" && a.reduction != "mean" && a.reduction != "sum" && a.reduction != "none")
      throw ValueError("kl_div: reduction is \"" + a.reduction + "\"",
                       "use \"batchmean\", \"mean\", \"sum\" or \"none\"");
    check_pair("kl_div", "x", in[0], in[1]);
    const Tensor x = in[0], t = floating_target(in[1], x.dtype());
    const Tensor each = a.log_target ? exp(t) * (t - x) : t * log(where(t == 0, 1.0, t)) - t * x;
    if (a.reduction != "batchmean") return {reduced(each, a.reduction)};
    if (x.rank() == 0) return {each};
    return {sum(each) / static_cast<double>(x.shape()[0])};
  }

  static std::vector<Sample> samples() {
    const auto with = [](bool log_target, std::string reduction) {
      return percept::Attrs::of(Attrs{log_target, std::move(reduction)});
    };
    // t = 0.5, 0.5 of x = log 1/4, log 3/4: 0.5 log(2) + 0.5 log(2/3)
    const double divergence = 0.5 * kLog2 + 0.5 * std::log(2.0 / 3);
    const SampleInput logs{.shape = {1, 2}, .values = {std::log(0.25), std::log(0.75)}};
    const SampleInput halves{.shape = {1, 2}, .values = {0.5, 0.5}};
    const SampleInput random{.shape = {3, 4}, .low = -3, .high = -0.5};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {
        {.attrs = with(false, "batchmean"), .inputs = {logs, halves}, .expect = {divergence}},
        {.attrs = with(false, "mean"), .inputs = {logs, halves}, .expect = {divergence / 2}},
        {.attrs = with(true, "sum"),
         .inputs = {logs, {.shape = {1, 2}, .values = {-kLog2, -kLog2}}},
         .expect = {divergence}},
        {.attrs = with(false, "none"),
         .inputs = {{.shape = {3}, .values = {-1, -2, -1}}, {.shape = {3}, .values = {0, 1, -1}}},
         .expect = {0, 2, nan}},
        {.attrs = with(false, "batchmean"),
         .inputs = {{.shape = {}, .values = {-2}}, {.shape = {}, .values = {1}}},
         .expect = {2}},
        {.attrs = with(false, "batchmean"), .inputs = {random, {.shape = {3, 4}, .low = 0.1, .high = 1}}},
        {.attrs = with(true, "none"), .inputs = {random, random}},
        {.attrs = with(false, "batchmean"), .inputs = {{.shape = {0, 3}}, {.shape = {0, 3}}}},
        {.attrs = with(false, "batchmean"),
         .inputs = {{.shape = {2, 1}}, {.shape = {2}}},
         .error = "kl_div: shapes differ"},
        {.attrs = with(false, "batchmean"),
         .inputs = {{.shape = {2}, .dtype = DType::i64}, {.shape = {2}}},
         .error = "x is i64"},
        {.attrs = with(false, "batch"), .inputs = {logs, halves}, .error = "reduction is \"batch\""},
    };
  }
};

// --- poisson_nll_loss ---

struct PoissonAttrs {
  bool log_input = true;
  bool full = false;
  double eps = 1e-8;
  std::string reduction = "mean";
};

struct PoissonNllLoss {
  using Attrs = PoissonAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "poisson_nll_loss";
  static constexpr std::string_view doc =
      "loss = mean of exp(x) - t x over all elements, a tensor of rank 0; without log_input of x - t log(x + eps).\n"
      "full adds Stirling's t log(t) - t + log(2 pi t) / 2 where t is above 1. x: the logarithm of the expected count\n"
      "(or the count itself), any shape, floating. target t: the same shape, counts. reduction: \"mean\", \"sum\" or\n"
      "\"none\". Errors: shapes that differ, a negative eps. Composed. As PyTorch's poisson_nll_loss.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_reduction("poisson_nll_loss", a.reduction);
    check_setting("poisson_nll_loss", "eps", a.eps, a.eps >= 0, "give 0 or a small number above it");
    check_pair("poisson_nll_loss", "x", in[0], in[1]);
    const Tensor x = in[0], t = floating_target(in[1], x.dtype());
    Tensor each = a.log_input ? exp(x) - t * x : x - t * log(x + a.eps);
    if (a.full) {
      const Tensor large = t > 1, safe = where(large, t, 1.0);
      each = each + where(large, safe * log(safe) - safe + 0.5 * log(2 * std::numbers::pi * safe), 0.0);
    }
    return {reduced(each, a.reduction)};
  }

  static std::vector<Sample> samples() {
    const auto with = [](bool log_input, bool full, std::string reduction, double eps = 1e-8) {
      return percept::Attrs::of(Attrs{log_input, full, eps, std::move(reduction)});
    };
    const SampleInput counts{.shape = {2}, .values = {0, 2}, .dtype = DType::i64};
    const double stirling = 2 * kLog2 - 2 + 0.5 * std::log(4 * std::numbers::pi);  // of t = 2
    return {
        {.attrs = with(true, false, "none"),
         .inputs = {{.shape = {2}, .values = {0, kLog2}}, counts},
         .expect = {1, 2 - 2 * kLog2}},
        {.attrs = with(false, false, "none", 0),
         .inputs = {{.shape = {2}, .values = {3, 2}}, counts},
         .expect = {3, 2 - 2 * kLog2}},
        {.attrs = with(true, true, "sum"),
         .inputs = {{.shape = {2}, .values = {0, kLog2}}, counts},
         .expect = {3 - 2 * kLog2 + stirling}},
        {.attrs = with(true, false, "mean"), .inputs = {{.shape = {2}, .values = {0, 0}}, counts}, .expect = {1}},
        {.attrs = with(true, true, "mean"), .inputs = {{.shape = {3, 2}}, {.shape = {3, 2}, .low = 0, .high = 4}}},
        {.attrs = with(false, true, "none"),
         .inputs = {{.shape = {4}, .low = 0.5, .high = 3}, {.shape = {4}, .low = 0, .high = 4}}},
        {.attrs = with(true, false, "mean"), .inputs = {{.shape = {0}}, {.shape = {0}}}},
        {.attrs = with(true, false, "mean"),
         .inputs = {{.shape = {2, 1}}, {.shape = {2}}},
         .error = "poisson_nll_loss: shapes differ"},
        {.attrs = with(true, false, "mean"), .inputs = {counts, counts}, .error = "x is i64"},
        {.attrs = with(true, false, "mean", -1), .inputs = {{.shape = {2}}, {.shape = {2}}}, .error = "eps is -1"},
        {.attrs = with(true, false, "avg"),
         .inputs = {{.shape = {2}}, {.shape = {2}}},
         .error = "reduction is \"avg\""},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_divergence() { return {&op_of<KlDiv>(), &op_of<PoissonNllLoss>()}; }

Tensor kl_div(Arg log_input, Arg target, bool log_target, const std::string& reduction) {
  return apply_one<KlDiv>({log_target, reduction}, {log_input.tensor(), target.tensor()}, log_input.site());
}
Tensor poisson_nll_loss(Arg x, Arg target, bool log_input, bool full, double eps, const std::string& reduction) {
  return apply_one<PoissonNllLoss>({log_input, full, eps, reduction}, {x.tensor(), target.tensor()}, x.site());
}

}  // namespace percept
