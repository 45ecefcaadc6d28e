// loss_records.cpp - losses by name, and warnings where a loss does not fit the model's last layer.
#include <algorithm>

#include "percept/base/log.h"
#include "percept/nn/layer_record.h"
#include "percept/nn/losses.h"

namespace percept {
namespace {

template <class L>
Loss record(std::string_view name, LossInput input, LossTarget target, std::string_view doc) {
  return {
      name,
      doc,
      input,
      target,
      typeid(L),
      LossFunction(L()),
      [] { return to_value(typename L::Options{}); },
      [](const Value& options, std::string_view context) { return LossFunction(L(options_of<L>(options, context))); },
      option_names_of<L>};
}

template <std::size_t N>
bool among(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

constexpr std::string_view kGiveProbabilities[] = {"Softmax", "Softmin", "Sigmoid", "Hardsigmoid"};
constexpr std::string_view kGiveLogarithms[] = {"LogSoftmax", "LogSigmoid"};
// Layers whose results are surely no probabilities.
constexpr std::string_view kGiveAnything[] = {"Linear",          "Conv1d",      "Conv2d",      "ConvTranspose1d",
                                              "ConvTranspose2d", "BatchNorm1d", "BatchNorm2d", "LayerNorm",
                                              "Bilinear",        "Tanh"};

// Layers that leave the kind of numbers as it is.
constexpr std::string_view kHandThrough[] = {"Identity", "Flatten", "Unflatten", "Reshape", "Permute", "Dropout"};
// Blocks that join several results: whatever the last inner layer is, theirs is something else.
constexpr std::string_view kJoin[] = {"Parallel", "Concat"};

// The type of the last layer by the order of the fields: exact for a Sequential, the custom for a struct. Empty where
// there is none, as in an empty Sequential.
std::string_view last_layer(const ModuleRef& model) {
  const std::string_view type = model.type_name();
  if (among(kHandThrough, type)) return "";
  const std::vector<NamedModule> below = model.children();
  if (below.empty()) return type == "Sequential" ? "" : type;
  if (among(kJoin, type)) return type;
  if (type == "Residual") {  // body, shortcut, activation: without the last it is a sum
    const std::string_view activation = last_layer(below.back().module);
    return activation.empty() ? type : activation;
  }
  for (std::size_t i = below.size(); i-- > 0;)
    if (const std::string_view last = last_layer(below[i].module); !last.empty()) return last;
  return "";
}

}  // namespace

const std::vector<Loss>& all_losses() {
  static const std::vector<Loss> all{
      record<BCELoss>("bce", LossInput::probabilities, LossTarget::numbers,
                      "The mean of -(t log(p) + (1 - t) log(1 - p)): probabilities and targets of one shape."),
      record<BCEWithLogitsLoss>("bce_with_logits", LossInput::logits, LossTarget::numbers,
                                "bce of sigmoid(output), without overflow; pos_weight multiplies the part of t."),
      record<CrossEntropyLoss>(
          "cross_entropy", LossInput::logits, LossTarget::labels,
          "The mean of -log softmax(logits)[label]: logits [B, K, ...], labels [B, ...] in 0..K-1 or probabilities."),
      record<FocalLoss>("focal", LossInput::logits, LossTarget::labels,
                        "The mean of -(1 - p)^gamma log(p), p = softmax(logits)[label]; times alpha unless it is < 0."),
      record<HingeLoss>("hinge", LossInput::values, LossTarget::numbers,
                        "The mean of max(0, 1 - t x), or of its square; targets -1 or 1 of the output's shape."),
      record<HuberLoss>("huber", LossInput::values, LossTarget::numbers,
                        "The mean of d^2 / 2 where d = |output - target| <= delta, else delta (d - delta / 2)."),
      record<KLDivLoss>("kl_div", LossInput::log_probabilities, LossTarget::numbers,
                        "The mean of t (log(t) - output): log probabilities and probabilities of one shape."),
      record<L1Loss>("l1", LossInput::values, LossTarget::numbers,
                     "The mean of |output - target| over all elements; both of one shape."),
      record<MSELoss>("mse", LossInput::values, LossTarget::numbers,
                      "The mean of (output - target)^2 over all elements; both of one shape."),
      record<MultiMarginLoss>("multi_margin", LossInput::values, LossTarget::labels,
                              "The mean over rows of sum over k of max(0, margin - x[label] + x[k]) / K."),
      record<NLLLoss>("nll", LossInput::log_probabilities, LossTarget::labels,
                      "The mean of -output[label]: log probabilities [B, K, ...], labels [B, ...] in 0..K-1."),
      record<PoissonNLLLoss>("poisson_nll", LossInput::values, LossTarget::numbers,
                             "The mean of exp(output) - target output: counts against logarithms of expected counts."),
      record<SmoothL1Loss>("smooth_l1", LossInput::values, LossTarget::numbers,
                           "The mean of d^2 / (2 beta) where d = |output - target| < beta, else d - beta / 2."),
  };
  return all;
}

const Loss* find_loss(std::string_view name) {
  for (const Loss& loss : all_losses())
    if (loss.name == name) return &loss;
  return nullptr;
}

std::string loss_warning(ModuleRef model, const LossFunction& loss) {
  const auto& all = all_losses();
  const auto known =
      std::find_if(all.begin(), all.end(), [&](const Loss& one) { return one.made == loss.target_type(); });
  if (!loss || known == all.end() || known->input == LossInput::values) return "";
  const std::string_view last = last_layer(model);
  const bool probabilities = among(kGiveProbabilities, last), logarithms = among(kGiveLogarithms, last);
  const std::string start = "the model ends in " + std::string(last) + ", but " + std::string(known->name);
  switch (known->input) {
    case LossInput::logits:
      if (!probabilities && !logarithms) return "";
      return start + " takes logits and applies " + (known->name == "bce_with_logits" ? "the sigmoid" : "the softmax") +
             " itself: remove that layer";
    case LossInput::log_probabilities:
      if (!probabilities && !among(kGiveAnything, last)) return "";
      return start + " takes log probabilities: end in LogSoftmax, or use cross_entropy on logits";
    case LossInput::probabilities:
      if (!logarithms && !among(kGiveAnything, last)) return "";
      return start + " takes probabilities: end in Sigmoid, or use bce_with_logits on logits";
    default:
      return "";
  }
}

bool warn_about_loss(ModuleRef model, const LossFunction& loss) {
  const std::string text = loss_warning(model, loss);
  if (!text.empty()) log(LogLevel::warning, text);
  return !text.empty();
}

}  // namespace percept
