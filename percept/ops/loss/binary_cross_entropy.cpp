// binary_cross_entropy.cpp - losses of yes or no: of probabilities, and of logits.
#include <cmath>
#include <limits>

#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

constexpr double kLog2 = 0.6931471805599453;

struct ReductionAttrs {
  std::string reduction = "mean";
};

SampleInput in_unit(Shape shape) { return {.shape = std::move(shape), .low = 0.05, .high = 0.95}; }

// --- binary_cross_entropy ---

// log(p), at least -100, and without an infinite gradient where p is 0.
Tensor cut_log(const Tensor& p) {
  const Tensor zero = p == 0;
  return where(zero, -100.0, maximum(log(where(zero, 1.0, p)), -100.0));
}

struct BinaryCrossEntropy {
  using Attrs = ReductionAttrs;
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "binary_cross_entropy";
  static constexpr std::string_view doc =
      "loss = mean of -(t log(p) + (1 - t) log(1 - p)) over all elements, a tensor of rank 0; each logarithm is cut "
      "at\n"
      "-100, as PyTorch's. p: any shape, floating, each of 0..1 (others give NaN). target t: the same shape, 0..1.\n"
      "The gradient of a logarithm of exactly 0 is taken as 0. reduction: \"mean\", \"sum\" or \"none\".\n"
      "Errors: shapes that differ, p of whole numbers. From logits use binary_cross_entropy_with_logits. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::string& reduction = attrs.as<Attrs>().reduction;
    check_reduction("binary_cross_entropy", reduction);
    check_pair("binary_cross_entropy", "p", in[0], in[1]);
    const Tensor p = in[0], t = floating_target(in[1], p.dtype());
    return {reduced(-(t * cut_log(p) + (1 - t) * cut_log(1 - p)), reduction)};
  }

  static std::vector<Sample> samples() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{}), none = percept::Attrs::of(Attrs{"none"});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {
        {.attrs = plain,
         .inputs = {{.shape = {2}, .values = {0.5, 0.25}}, {.shape = {2}, .values = {1, 0}}},
         .expect = {(kLog2 - std::log(0.75)) / 2}},
        {.attrs = none,
         .inputs = {{.shape = {4}, .values = {0, 1, 0, 1}}, {.shape = {4}, .values = {0, 1, 1, 0}, .dtype = DType::u8}},
         .expect = {0, 0, 100, 100}},
        {.attrs = none,
         .inputs = {{.shape = {2}, .values = {-0.5, 1.5}}, {.shape = {2}, .values = {0.5, 0.5}}},
         .expect = {nan, nan}},
        {.attrs = percept::Attrs::of(Attrs{"sum"}),
         .inputs = {{.shape = {2}, .values = {0.5, 0.5}}, {.shape = {2}, .values = {0.3, 1}}},
         .expect = {2 * kLog2}},
        {.attrs = plain, .inputs = {in_unit({3, 2}), in_unit({3, 2})}},
        {.attrs = none, .inputs = {in_unit({4}), {.shape = {4}, .values = {0, 1, 1, 0}, .dtype = DType::i64}}},
        {.attrs = plain, .inputs = {{.shape = {0, 2}}, {.shape = {0, 2}}}},
        {.attrs = plain, .inputs = {{.shape = {2, 1}}, {.shape = {2}}}, .error = "binary_cross_entropy: shapes differ"},
        {.attrs = plain, .inputs = {{.shape = {2}, .dtype = DType::u8}, {.shape = {2}}}, .error = "p is u8"},
        {.attrs = percept::Attrs::of(Attrs{"avg"}), .inputs = {{.shape = {2}}, {.shape = {2}}}, .error = "\"avg\""},
    };
  }
};

// --- binary_cross_entropy_with_logits ---

struct BinaryCrossEntropyWithLogits {
  using Attrs = ReductionAttrs;
  static constexpr int min_arity = 2, arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "binary_cross_entropy_with_logits";
  static constexpr std::string_view doc =
      "loss = mean of -(w t log(sigmoid(x)) + (1 - t) log(1 - sigmoid(x))) over all elements, a tensor of rank 0,\n"
      "without overflow for any x. logits x: any shape, floating. target t: the same shape, 0..1. pos_weight w: 1, or\n"
      "a tensor that broadcasts to x, as [K] for x [B, K]. reduction: \"mean\", \"sum\" or \"none\".\n"
      "Errors: shapes that differ, a pos_weight that does not broadcast. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    constexpr const char* kWho = "binary_cross_entropy_with_logits";
    const std::string& reduction = attrs.as<Attrs>().reduction;
    check_reduction(kWho, reduction);
    check_pair(kWho, "logits", in[0], in[1]);
    const Tensor x = in[0], t = floating_target(in[1], x.dtype());
    const Tensor log_yes = log_sigmoid(x), log_no = log_yes - x;  // log(1 - sigmoid(x)) = log(sigmoid(x)) - x
    if (in.size() < 3) return {reduced((1 - t) * x - log_yes, reduction)};
    check_floating(kWho, "pos_weight", in[2].dtype());
    const Tensor yes = mul(bare(in[2]), bare(t));
    if (yes.shape() != x.shape())
      throw ShapeError(std::string(kWho) + ": pos_weight is " + str(in[2].shape()) + ", logits are " + str(x.shape()),
                       "give one number per class, in the last axis");
    return {reduced(-(yes * log_yes + (1 - t) * log_no), reduction)};
  }

  static std::vector<Sample> samples() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{}), none = percept::Attrs::of(Attrs{"none"});
    const double log_1_e = 1.3132616875182228;  // log(1 + e) = -log(sigmoid(-1))
    const SampleInput weight{.shape = {2}, .low = 0.5, .high = 2};
    return {
        {.attrs = none,
         .inputs = {{.shape = {4}, .values = {0, 1, 1, -1}}, {.shape = {4}, .values = {1, 1, 0, 0.5}}},
         .expect = {kLog2, log_1_e - 1, log_1_e, log_1_e - 0.5}},
        {.attrs = none,
         .inputs = {{.shape = {4}, .values = {1000, 1000, -1000, -1000}},
                    {.shape = {4}, .values = {1, 0, 1, 0}, .dtype = DType::i32}},
         .expect = {0, 1000, 1000, 0}},
        {.attrs = plain,  // w = 3 counts where t is 1
         .inputs = {{.shape = {2}, .values = {0, 0}}, {.shape = {2}, .values = {1, 0}}, {.shape = {}, .values = {3}}},
         .expect = {2 * kLog2}},
        {.attrs = percept::Attrs::of(Attrs{"sum"}),
         .inputs = {{.shape = {1, 2}, .values = {0, 0}},
                    {.shape = {1, 2}, .values = {1, 1}},
                    {.shape = {2}, .values = {3, 0.5}}},
         .expect = {3.5 * kLog2}},
        {.attrs = plain, .inputs = {{.shape = {3, 2}, .low = -4, .high = 4}, in_unit({3, 2})}},
        {.attrs = none, .inputs = {{.shape = {3, 2}, .low = -4, .high = 4}, in_unit({3, 2}), weight}},
        {.attrs = plain, .inputs = {{.shape = {0}}, {.shape = {0}}}},
        {.attrs = plain, .inputs = {{.shape = {2, 1}}, {.shape = {2}}}, .error = "logits: shapes differ"},
        {.attrs = plain, .inputs = {{.shape = {2}, .dtype = DType::i64}, {.shape = {2}}}, .error = "logits is i64"},
        {.attrs = plain, .inputs = {{.shape = {2}}, {.shape = {2}}, {.shape = {3}}}, .error = "[3]"},
        {.attrs = plain,
         .inputs = {{.shape = {2}}, {.shape = {2}}, {.shape = {3, 2}}},
         .error = "pos_weight is [3, 2]"},
        {.attrs = percept::Attrs::of(Attrs{""}), .inputs = {{.shape = {2}}, {.shape = {2}}}, .error = "reduction is"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_binary_cross_entropy() {
  return {&op_of<BinaryCrossEntropy>(), &op_of<BinaryCrossEntropyWithLogits>()};
}

Tensor binary_cross_entropy(Arg probability, Arg target, const std::string& reduction) {
  return apply_one<BinaryCrossEntropy>({reduction}, {probability.tensor(), target.tensor()}, probability.site());
}
Tensor binary_cross_entropy_with_logits(Arg logits, Arg target, std::optional<Arg> pos_weight,
                                        const std::string& reduction) {
  std::vector<Tensor> inputs{logits.tensor(), target.tensor()};
  if (pos_weight) inputs.push_back(pos_weight->tensor(logits.tensor().dtype()));
  return apply_one<BinaryCrossEntropyWithLogits>({reduction}, std::move(inputs), logits.site());
}

}  // namespace percept
