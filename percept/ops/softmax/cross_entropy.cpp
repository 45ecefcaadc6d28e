// cross_entropy.cpp - losses of class numbers or class probabilities: cross entropy of logits, nll of log
// probabilities.
#include "percept/core/trace.h"
#include "percept/ops/apply.h"
#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

void check_settings(const char* who, const CrossEntropyAttrs& a, const std::vector<Tensor>& in) {
  check_reduction(who, a.reduction);
  check_setting(who, "label_smoothing", a.label_smoothing, a.label_smoothing >= 0 && a.label_smoothing <= 1,
                "give the share of probability spread over all classes, 0 to 1");
  if (in.size() < 3) return;
  check_floating(who, "class_weight", in[2].dtype());
  if (in[2].shape() != Shape{in[0].shape()[1]})
    throw ShapeError(
        std::string(who) + ": class_weight is " + str(in[2].shape()) + ", the scores are " + str(in[0].shape()),
        "give one weight per class: [" + std::to_string(in[0].shape()[1]) + "]");
}

// Whether any label may have that value. Both paths give the same bits where none has it: a captured function, which
// does not know, takes the longer one.
bool may_hold(const Tensor& labels, std::int64_t value) {
  if (labels.dtype() == DType::u8 && (value < 0 || value > 255)) return false;
  if (is_symbol(labels)) return true;
  for (const std::int64_t label : labels.to_vector<std::int64_t>())
    if (label == value) return true;
  return false;
}

// The weights of classes against scores [B, K, ...]: [K, 1, ...].
Tensor beside_classes(const Tensor& weight, const Tensor& scores) {
  Shape shape(static_cast<std::size_t>(scores.rank() - 1), 1);
  shape[0] = weight.numel();
  return reshape(bare(cast(bare(weight), scores.dtype())), shape);
}

// The loss for log probabilities [B, K, ...] and labels [B, ...]; `weight` may be null.
Tensor loss_of_labels(const char* who, const Tensor& scores, const Tensor& labels, const Tensor* weight,
                      const CrossEntropyAttrs& a) {
  const bool ignoring = may_hold(labels, a.ignore_index);
  if (!ignoring && weight == nullptr && a.label_smoothing == 0) {  // what nearly all training does
    const Tensor picked = picked_classes(who, scores, labels);
    if (a.reduction == "mean") return -mean(picked);
    return a.reduction == "sum" ? -sum(picked) : -squeeze(picked, 1);
  }
  const Tensor numbers = cast(labels, DType::i64);
  const Tensor counts = numbers != a.ignore_index;  // [B, ...]
  const Tensor known = ignoring ? where(counts, numbers, 0) : numbers;
  const Tensor picked = squeeze(picked_classes(who, scores, known), 1);
  Tensor share = ones(labels.shape(), scores.dtype());
  if (weight != nullptr)
    share = reshape(gather(cast(*weight, scores.dtype()), 0, reshape(known, {known.numel()})), labels.shape());
  Tensor likelihood = picked * share;  // its sign changes last, as in the shorter path
  if (a.label_smoothing > 0) {
    const Tensor all = sum(weight == nullptr ? scores : scores * beside_classes(*weight, scores), {.axes = {1}});
    const auto classes = static_cast<double>(scores.shape()[1]);
    likelihood = (1 - a.label_smoothing) * likelihood + a.label_smoothing / classes * all;
  }
  if (ignoring) {
    likelihood = where(counts, likelihood, 0.0);
    share = where(counts, share, 0.0);
  }
  if (a.reduction != "mean") return -reduced(likelihood, a.reduction);
  // As mean() does it, halves in f32; the reciprocal of a count is the same number in f32 and rounded from double.
  const DType dtype = scores.dtype();
  const bool half = dtype == DType::f16 || dtype == DType::bf16;
  if (!half) return -(sum(likelihood) * reciprocal(sum(share)));
  return -cast(sum(cast(likelihood, DType::f32)) * reciprocal(sum(cast(share, DType::f32))), dtype);
}

// The loss for log probabilities and the probabilities of classes, both [B, K, ...].
Tensor loss_of_probabilities(const Tensor& scores, Tensor target, const Tensor* weight, const CrossEntropyAttrs& a) {
  if (target.shape() != scores.shape())
    throw ShapeError("cross_entropy: logits are " + str(scores.shape()) + ", probabilities are " + str(target.shape()),
                     "they must have one shape; class numbers are integers");
  if (a.ignore_index >= 0)
    throw ValueError("cross_entropy: ignore_index is " + std::to_string(a.ignore_index) + " with probabilities",
                     "it names class numbers; leave it out");
  if (a.label_smoothing > 0)
    target = target * (1 - a.label_smoothing) + a.label_smoothing / static_cast<double>(scores.shape()[1]);
  Tensor terms = scores * target;
  if (weight != nullptr) terms = terms * beside_classes(*weight, scores);
  return reduced(-sum(terms, {.axes = {1}}), a.reduction);
}

CrossEntropyAttrs with(double label_smoothing, std::string reduction = "mean", std::int64_t ignore_index = -100) {
  return {.label_smoothing = label_smoothing, .ignore_index = ignore_index, .reduction = std::move(reduction)};
}
SampleInput labels_of(std::vector<double> values, DType dtype = DType::i64) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {.shape = {count}, .values = std::move(values), .dtype = dtype};
}
SampleInput in_unit(Shape shape) { return {.shape = std::move(shape), .low = 0.1, .high = 1}; }

constexpr double kLog2 = 0.6931471805599453;
constexpr double kLowest = -9223372036854775807.0;

// --- cross_entropy ---

struct CrossEntropy {
  using Attrs = CrossEntropyAttrs;
  static constexpr int min_arity = 2, arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "cross_entropy";
  static constexpr std::string_view doc =
      "loss = mean over b of -log_softmax(logits)[b, labels[b]], a tensor of rank 0.\n"
      "logits: [B, K] or [B, K, ...], floating. target: labels [B] or [B, ...], u8, i32 or i64, each of 0..K-1, or\n"
      "probabilities of logits' shape, floating: then -sum over k of p[b, k] log_softmax(logits)[b, k].\n"
      "label_smoothing s: the target becomes (1 - s) target + s / K. class_weight [K] multiplies each class's part;\n"
      "the mean over labels then divides by the sum of their weights, as PyTorch's. Labels equal to ignore_index\n"
      "(-100) count for nothing. reduction: \"mean\", \"sum\", or \"none\" for [B, ...]. No samples give NaN.\n"
      "Errors: other shapes, labels that are no integers, a label out of range (its value, row and the range are\n"
      "named), options out of range. Composed of log_softmax, gather and mean.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_class_scores("cross_entropy", "logits", in[0]);
    check_settings("cross_entropy", a, in);
    const Tensor* weight = in.size() > 2 ? &in[2] : nullptr;
    if (is_floating(in[1].dtype())) return {loss_of_probabilities(log_softmax(in[0], 1), in[1], weight, a)};
    check_labels("cross_entropy", "logits", in[0], in[1]);
    return {loss_of_labels("cross_entropy", log_softmax(in[0], 1), in[1], weight, a)};
  }

  static std::vector<Sample> samples() {
    std::vector<Sample> all = by_labels(), more = by_probabilities();
    all.insert(all.end(), more.begin(), more.end());
    more = refused();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  static std::vector<Sample> by_labels() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{});
    const SampleInput row{.shape = {1, 2}};  // 0, 1: log_softmax is -1.3132616875182228, -0.3132616875182228
    const SampleInput equal{.shape = {2, 2}, .values = {0, 0, 0, 0}};
    const SampleInput weights{.shape = {2}, .values = {1, 3}};
    const SampleInput random_weights{.shape = {3}, .low = 0.5, .high = 2};
    return {
        {.attrs = plain, .inputs = {row, labels_of({1})}, .expect = {0.3132616875182228}},  // log(1 + e) - 1
        {.attrs = plain,
         .inputs = {{.shape = {2, 2}, .values = {0, 0, 0, 1}}, labels_of({0, 0}, DType::u8)},
         .expect = {1.0032044340390841}},  // (log 2 + log(1 + e)) / 2
        {.attrs = plain, .inputs = {{.shape = {2, 1}}, labels_of({0, 0}, DType::i32)}, .expect = {0}},
        // 0.8 * 0.3132616875182228 + 0.1 * (1.3132616875182228 + 0.3132616875182228)
        {.attrs = percept::Attrs::of(with(0.2)), .inputs = {row, labels_of({1})}, .expect = {0.4132616875182228}},
        {.attrs = percept::Attrs::of(with(0, "none")), .inputs = {equal, labels_of({0, 1})}, .expect = {kLog2, kLog2}},
        {.attrs = percept::Attrs::of(with(0, "sum")), .inputs = {equal, labels_of({0, 1})}, .expect = {2 * kLog2}},
        {.attrs = percept::Attrs::of(with(0, "sum")),
         .inputs = {equal, labels_of({0, 1}), weights},
         .expect = {4 * kLog2}},
        {.attrs = plain, .inputs = {equal, labels_of({0, 1}), weights}, .expect = {kLog2}},  // divided by 1 + 3
        {.attrs = plain, .inputs = {equal, labels_of({0, -100})}, .expect = {kLog2}},
        {.attrs = percept::Attrs::of(with(0.5, "none", 1)),
         .inputs = {equal, labels_of({1, 0}, DType::u8)},
         .expect = {0, kLog2}},
        {.attrs = plain,
         .inputs = {{.shape = {1, 2, 2}, .values = {0, 0, 0, 0}},
                    {.shape = {1, 2}, .values = {0, 1}, .dtype = DType::i64}},
         .expect = {kLog2}},
        {.attrs = plain, .inputs = {{.shape = {4, 3}}, labels_of({2, 0, 1, 2})}},
        {.attrs = plain, .inputs = {{.shape = {3, 5}}, labels_of({4, 4, 0}, DType::u8)}},
        {.attrs = percept::Attrs::of(with(0.1, "sum")),
         .inputs = {{.shape = {2, 3, 2}}, {.shape = {2, 2}, .values = {0, 1, 2, 2}, .dtype = DType::i64}}},
        {.attrs = percept::Attrs::of(with(0.1, "mean", 1)),
         .inputs = {{.shape = {4, 3}}, labels_of({2, 1, 0, 2}), random_weights}},
        {.attrs = percept::Attrs::of(with(0.3, "none")),
         .inputs = {{.shape = {4, 3}}, labels_of({2, -100, 0, 2}), random_weights}},
    };
  }

  static std::vector<Sample> by_probabilities() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{});
    const SampleInput row{.shape = {1, 2}};
    return {
        {.attrs = plain,  // 0.25 * 1.3132616875182228 + 0.75 * 0.3132616875182228
         .inputs = {row, {.shape = {1, 2}, .values = {0.25, 0.75}}},
         .expect = {0.5632616875182228}},
        {.attrs = percept::Attrs::of(with(0.5)),  // 0.375 and 0.625
         .inputs = {row, {.shape = {1, 2}, .values = {0.25, 0.75}}},
         .expect = {0.6882616875182228}},
        {.attrs = plain,  // the weights do not divide: 2 * 0.25 log 2 + 4 * 0.75 log 2
         .inputs = {{.shape = {1, 2}, .values = {0, 0}},
                    {.shape = {1, 2}, .values = {0.25, 0.75}},
                    {.shape = {2}, .values = {2, 4}}},
         .expect = {3.5 * kLog2}},
        {.attrs = plain, .inputs = {{.shape = {3, 4}}, in_unit({3, 4})}},
        {.attrs = percept::Attrs::of(with(0.1, "none")),
         .inputs = {{.shape = {2, 3, 2}}, in_unit({2, 3, 2}), {.shape = {3}, .low = 0.5, .high = 2}}},
    };
  }

  static std::vector<Sample> refused() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{});
    const SampleInput row{.shape = {1, 2}}, table{.shape = {3, 4}};
    return {
        {.attrs = plain,
         .inputs = {table, labels_of({1, 4, 5})},
         .error = "cross_entropy: a label is no class of 0..3"},
        {.attrs = plain, .inputs = {table, labels_of({1, 4, 5})}, .error = "index 4 at [1, 0]"},
        {.attrs = plain, .inputs = {table, labels_of({1, 3, -1})}, .error = "index -1 at [2, 0]"},
        {.attrs = plain, .inputs = {table, labels_of({1, 3, kLowest})}, .error = "a label is no class"},
        {.attrs = plain, .inputs = {table, labels_of({-100, 3, 4})}, .error = "index 4 at [2, 0]"},
        {.attrs = plain, .inputs = {table, labels_of({1, 3})}, .error = "logits are [3, 4], labels are [2]"},
        {.attrs = plain, .inputs = {row, {.shape = {1, 1}, .dtype = DType::i64}}, .error = "labels are [1, 1]"},
        {.attrs = plain,
         .inputs = {{.shape = {2}}, labels_of({0, 0})},
         .error = "cross_entropy: logits are [2], of rank 1"},
        {.attrs = plain, .inputs = {row, {.shape = {1}}}, .error = "probabilities are [1]"},
        {.attrs = plain,
         .inputs = {row, {.shape = {1}, .dtype = DType::boolean}},
         .error = "cross_entropy: labels are"},
        {.attrs = plain, .inputs = {{.shape = {1, 2}, .dtype = DType::i64}, labels_of({0})}, .error = "logits is i64"},
        {.attrs = plain, .inputs = {row, labels_of({0}), {.shape = {3}}}, .error = "class_weight is [3]"},
        {.attrs = plain, .inputs = {row, labels_of({0}), labels_of({1, 1})}, .error = "class_weight is i64"},
        {.attrs = percept::Attrs::of(with(-0.1)), .inputs = {row, labels_of({0})}, .error = "label_smoothing is -0.1"},
        {.attrs = percept::Attrs::of(with(1.5)), .inputs = {row, labels_of({0})}, .error = "label_smoothing is 1.5"},
        {.attrs = percept::Attrs::of(with(0, "avg")), .inputs = {row, labels_of({0})}, .error = "reduction is \"avg\""},
        {.attrs = percept::Attrs::of(with(0, "mean", 1)), .inputs = {row, row}, .error = "ignore_index is 1"},
    };
  }
};

// --- nll_loss ---

struct NllLoss {
  using Attrs = CrossEntropyAttrs;
  static constexpr int min_arity = 2, arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "nll_loss";
  static constexpr std::string_view doc =
      "loss = mean over b of -log_probabilities[b, labels[b]], a tensor of rank 0: cross_entropy without its\n"
      "log_softmax. log_probabilities: [B, K] or [B, K, ...], floating. labels: [B, ...], u8, i32 or i64, of 0..K-1.\n"
      "class_weight, ignore_index and reduction as in cross_entropy. Errors likewise; label_smoothing is refused.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_class_scores("nll_loss", "log_probabilities", in[0]);
    check_settings("nll_loss", a, in);
    check_setting("nll_loss", "label_smoothing", a.label_smoothing, a.label_smoothing == 0,
                  "leave it out, or use cross_entropy on logits");
    check_labels("nll_loss", "log_probabilities", in[0], in[1]);
    return {loss_of_labels("nll_loss", in[0], in[1], in.size() > 2 ? &in[2] : nullptr, a)};
  }

  static std::vector<Sample> samples() {
    const percept::Attrs plain = percept::Attrs::of(Attrs{});
    const SampleInput table{.shape = {2, 2}, .values = {-1, -2, -3, -4}}, weights{.shape = {2}, .values = {1, 3}};
    return {
        {.attrs = plain, .inputs = {table, labels_of({0, 1})}, .expect = {2.5}},
        {.attrs = plain, .inputs = {table, labels_of({0, 1}), weights}, .expect = {3.25}},  // (1 + 3 * 4) / 4
        {.attrs = percept::Attrs::of(with(0, "none", 0)), .inputs = {table, labels_of({0, 1})}, .expect = {0, 4}},
        {.attrs = percept::Attrs::of(with(0, "sum")),
         .inputs = {{.shape = {1, 2, 2}, .values = {-1, -2, -3, -4}},
                    {.shape = {1, 2}, .values = {0, 1}, .dtype = DType::i64}},
         .expect = {5}},
        {.attrs = plain, .inputs = {{.shape = {3, 4}}, labels_of({3, 0, -100}), {.shape = {4}, .low = 0.5, .high = 2}}},
        {.attrs = plain, .inputs = {{.shape = {3, 4}}, labels_of({3, 0, 1}, DType::u8)}},
        {.attrs = plain, .inputs = {table, labels_of({0, 2})}, .error = "nll_loss: a label is no class of 0..1"},
        {.attrs = plain, .inputs = {table, labels_of({-1, 0})}, .error = "index -1 at [0, 0]"},
        {.attrs = plain, .inputs = {table, labels_of({kLowest, 0})}, .error = "a label is no class"},
        {.attrs = plain, .inputs = {table, table}, .error = "labels are f64"},
        {.attrs = plain, .inputs = {{.shape = {2}}, labels_of({0})}, .error = "of rank 1"},
        {.attrs = percept::Attrs::of(with(0.1)),
         .inputs = {table, labels_of({0, 1})},
         .error = "label_smoothing is 0.1"},
        {.attrs = percept::Attrs::of(with(0, "")), .inputs = {table, labels_of({0, 1})}, .error = "reduction is \"\""},
    };
  }
};

std::vector<Tensor> inputs_of(const Arg& scores, const Arg& target, const std::optional<Arg>& class_weight) {
  std::vector<Tensor> inputs{scores.tensor(), target.tensor()};
  if (class_weight) inputs.push_back(class_weight->tensor());
  return inputs;
}

}  // namespace

std::vector<const Op*> ops_cross_entropy() { return {&op_of<CrossEntropy>(), &op_of<NllLoss>()}; }

Tensor cross_entropy(Arg logits, Arg target, const CrossEntropyAttrs& attrs, std::optional<Arg> class_weight) {
  return apply_one<CrossEntropy>(attrs, inputs_of(logits, target, class_weight), logits.site());
}
Tensor nll_loss(Arg log_probabilities, Arg labels, const CrossEntropyAttrs& attrs, std::optional<Arg> class_weight) {
  return apply_one<NllLoss>(attrs, inputs_of(log_probabilities, labels, class_weight), log_probabilities.site());
}

}  // namespace percept
