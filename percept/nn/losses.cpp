// losses.cpp - losses as objects: their options are checked here, their work is done by ops.
#include "percept/nn/losses.h"

#include <cmath>

#include "percept/ops/loss_checks.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Weights from options beside the scores, in their dtype: [n].
Tensor weights_of(const std::vector<double>& values, const Tensor& scores) {
  return cast(from_vector(values, {static_cast<std::int64_t>(values.size())}),
              is_floating(scores.dtype()) ? scores.dtype() : DType::f32);
}

void check_weights(const char* who, const char* name, const std::vector<double>& values) {
  for (const double value : values)
    check_setting(who, name, value, value >= 0 && std::isfinite(value), "give finite numbers of at least 0");
}

}  // namespace

CrossEntropyLoss::CrossEntropyLoss(Options options) : options_(std::move(options)) {
  check_setting("CrossEntropyLoss", "label_smoothing", options_.label_smoothing,
                options_.label_smoothing >= 0 && options_.label_smoothing <= 1,
                "give the share of probability spread over all classes, 0 to 1");
  check_weights("CrossEntropyLoss", "class_weight", options_.class_weight);
  check_reduction("CrossEntropyLoss", options_.reduction);
}
Tensor CrossEntropyLoss::operator()(const Tensor& logits, const Tensor& target) const {
  const CrossEntropyAttrs attrs{options_.label_smoothing, options_.ignore_index, options_.reduction};
  if (options_.class_weight.empty()) return cross_entropy(logits, target, attrs);
  return cross_entropy(logits, target, attrs, weights_of(options_.class_weight, logits));
}

NLLLoss::NLLLoss(Options options) : options_(std::move(options)) {
  check_weights("NLLLoss", "class_weight", options_.class_weight);
  check_reduction("NLLLoss", options_.reduction);
}
Tensor NLLLoss::operator()(const Tensor& log_probabilities, const Tensor& labels) const {
  const CrossEntropyAttrs attrs{.ignore_index = options_.ignore_index, .reduction = options_.reduction};
  if (options_.class_weight.empty()) return nll_loss(log_probabilities, labels, attrs);
  return nll_loss(log_probabilities, labels, attrs, weights_of(options_.class_weight, log_probabilities));
}

MSELoss::MSELoss(Options options) : options_(std::move(options)) { check_reduction("MSELoss", options_.reduction); }
Tensor MSELoss::operator()(const Tensor& output, const Tensor& target) const {
  return mse_loss(output, target, options_.reduction);
}

L1Loss::L1Loss(Options options) : options_(std::move(options)) { check_reduction("L1Loss", options_.reduction); }
Tensor L1Loss::operator()(const Tensor& output, const Tensor& target) const {
  return l1_loss(output, target, options_.reduction);
}

HuberLoss::HuberLoss(Options options) : options_(std::move(options)) {
  check_setting("HuberLoss", "delta", options_.delta, options_.delta > 0, "give a number above 0");
  check_reduction("HuberLoss", options_.reduction);
}
Tensor HuberLoss::operator()(const Tensor& output, const Tensor& target) const {
  return huber_loss(output, target, options_.delta, options_.reduction);
}

SmoothL1Loss::SmoothL1Loss(Options options) : options_(std::move(options)) {
  check_setting("SmoothL1Loss", "beta", options_.beta, options_.beta >= 0, "give 0 or a number above it");
  check_reduction("SmoothL1Loss", options_.reduction);
}
Tensor SmoothL1Loss::operator()(const Tensor& output, const Tensor& target) const {
  return smooth_l1_loss(output, target, options_.beta, options_.reduction);
}

BCELoss::BCELoss(Options options) : options_(std::move(options)) { check_reduction("BCELoss", options_.reduction); }
Tensor BCELoss::operator()(const Tensor& probability, const Tensor& target) const {
  return binary_cross_entropy(probability, target, options_.reduction);
}

BCEWithLogitsLoss::BCEWithLogitsLoss(Options options) : options_(std::move(options)) {
  check_weights("BCEWithLogitsLoss", "pos_weight", options_.pos_weight);
  check_reduction("BCEWithLogitsLoss", options_.reduction);
}
Tensor BCEWithLogitsLoss::operator()(const Tensor& logits, const Tensor& target) const {
  if (options_.pos_weight.empty()) return binary_cross_entropy_with_logits(logits, target, {}, options_.reduction);
  return binary_cross_entropy_with_logits(logits, target, weights_of(options_.pos_weight, logits), options_.reduction);
}

KLDivLoss::KLDivLoss(Options options) : options_(std::move(options)) {
  if (options_.reduction != "batchmean") check_reduction("KLDivLoss", options_.reduction);
}
Tensor KLDivLoss::operator()(const Tensor& log_input, const Tensor& target) const {
  return kl_div(log_input, target, options_.log_target, options_.reduction);
}

HingeLoss::HingeLoss(Options options) : options_(std::move(options)) {
  check_reduction("HingeLoss", options_.reduction);
}
Tensor HingeLoss::operator()(const Tensor& scores, const Tensor& target) const {
  return hinge_loss(scores, target, options_.squared, options_.reduction);
}

MultiMarginLoss::MultiMarginLoss(Options options) : options_(std::move(options)) {
  check_setting("MultiMarginLoss", "margin", options_.margin, std::isfinite(options_.margin), "give a finite number");
  check_reduction("MultiMarginLoss", options_.reduction);
}
Tensor MultiMarginLoss::operator()(const Tensor& scores, const Tensor& labels) const {
  return multi_margin_loss(scores, labels, options_.margin, options_.reduction);
}

FocalLoss::FocalLoss(Options options) : options_(std::move(options)) {
  check_setting("FocalLoss", "gamma", options_.gamma, options_.gamma >= 0, "give 0 or a number above it, as 2");
  check_setting("FocalLoss", "alpha", options_.alpha, options_.alpha <= 1, "give 0 to 1, or -1 for no weight");
  check_reduction("FocalLoss", options_.reduction);
}
Tensor FocalLoss::operator()(const Tensor& logits, const Tensor& labels) const {
  return focal_loss(logits, labels, options_.gamma, options_.alpha, options_.reduction);
}

PoissonNLLLoss::PoissonNLLLoss(Options options) : options_(std::move(options)) {
  check_setting("PoissonNLLLoss", "eps", options_.eps, options_.eps >= 0, "give 0 or a small number above it");
  check_reduction("PoissonNLLLoss", options_.reduction);
}
Tensor PoissonNLLLoss::operator()(const Tensor& output, const Tensor& target) const {
  return poisson_nll_loss(output, target, options_.log_input, options_.full, options_.eps, options_.reduction);
}

CosineEmbeddingLoss::CosineEmbeddingLoss(Options options) : options_(std::move(options)) {
  check_setting("CosineEmbeddingLoss", "margin", options_.margin, options_.margin >= -1 && options_.margin <= 1,
                "give a cosine, -1 to 1");
  check_reduction("CosineEmbeddingLoss", options_.reduction);
}
Tensor CosineEmbeddingLoss::operator()(const Tensor& a, const Tensor& b, const Tensor& target) const {
  return cosine_embedding_loss(a, b, target, options_.margin, options_.reduction);
}

TripletMarginLoss::TripletMarginLoss(Options options) : options_(std::move(options)) {
  check_setting("TripletMarginLoss", "margin", options_.margin, options_.margin > 0, "give a number above 0");
  check_setting("TripletMarginLoss", "p", options_.p, options_.p > 0, "give a number above 0, as 2");
  check_reduction("TripletMarginLoss", options_.reduction);
}
Tensor TripletMarginLoss::operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const {
  return triplet_margin_loss(anchor, positive, negative, options_.margin, options_.p, options_.reduction);
}

}  // namespace percept
