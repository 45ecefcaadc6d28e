// batch_loss.cpp - losses per sample, weights by label, and their reduction.
#include "percept/train/batch_loss.h"

#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct PerSample {
  LossFunction function;
  std::string reduction;
  bool divides_by_weights = false;
};

// The same loss with reduction "none", if it is an L.
template <class L>
bool is_per_sample(const LossFunction& loss, PerSample& out) {
  const L* known = loss.target<L>();
  if (known == nullptr) return false;
  typename L::Options options = known->options();
  out.reduction = options.reduction == "none" ? "mean" : options.reduction;
  if constexpr (requires { options.class_weight; })
    out.divides_by_weights = options.reduction == "mean" && !options.class_weight.empty();
  if constexpr (std::same_as<L, KLDivLoss>) {
    if (options.reduction == "batchmean")
      out.function = [=](const Tensor& x, const Tensor& target) {
        const Tensor each = kl_div(x, target, options.log_target, "none");
        return sum(reshape(each, {each.size(0), -1}), {.axes = {1}});
      };
    if (options.reduction == "batchmean") return out.reduction = "mean", true;
  }
  options.reduction = "none";
  out.function = L(std::move(options));
  return true;
}

template <class... L>
PerSample per_sample(const LossFunction& loss) {
  PerSample found{loss, "mean"};
  (void)(is_per_sample<L>(loss, found) || ...);
  return found;
}

// [B] of i64.
Tensor labels_of(const Tensor& target) {
  if (!target.defined() || target.rank() < 1 || target.rank() > 2)
    throw ShapeError("class_weight: the targets are " + (target.defined() ? str(target.shape()) : "undefined"),
                     "give labels [B] or [B, 1], or one-hot rows [B, K]");
  if (target.rank() == 2 && target.size(1) > 1) return argmax(target, 1);
  const Tensor flat = reshape(target, {target.size(0)});
  return cast(is_floating(flat.dtype()) ? round(flat) : flat, DType::i64);
}

}  // namespace

BatchLoss::BatchLoss(LossFunction loss, std::vector<double> class_weight)
    : loss_(std::move(loss)), class_weight_(std::move(class_weight)) {
  for (const double weight : class_weight_)
    if (!(weight >= 0 && std::isfinite(weight)))
      throw ValueError("class_weight has " + number(weight), "give finite numbers of at least 0, one per class");
  PerSample found =
      per_sample<CrossEntropyLoss, NLLLoss, MSELoss, L1Loss, HuberLoss, SmoothL1Loss, BCELoss, BCEWithLogitsLoss,
                 KLDivLoss, HingeLoss, MultiMarginLoss, FocalLoss, PoissonNLLLoss>(loss_);
  per_sample_ = std::move(found.function);
  reduction_ = std::move(found.reduction);
  divides_by_weights_ = found.divides_by_weights;
}

void BatchLoss::check_labels(const Batch& batch) const {
  if (class_weight_.empty()) return;
  const NoGrad off;
  for (const std::int64_t label : labels_of(batch.y).to_vector<std::int64_t>())
    if (label < 0 || label >= static_cast<std::int64_t>(class_weight_.size()))
      throw ValueError("class_weight has " + number(class_weight_.size()) + " numbers, a label is " + number(label),
                       "give one per class");
}

Tensor BatchLoss::weights_of(const Batch& batch) const {
  if (class_weight_.empty()) return batch.weight;
  const Tensor labels = labels_of(batch.y);
  const Tensor table = cast(from_vector(class_weight_, {static_cast<std::int64_t>(class_weight_.size())}), DType::f32);
  const Tensor by_class = take(table, labels);
  return batch.weight.defined() ? batch.weight * by_class : by_class;
}

Tensor BatchLoss::weighted(const Tensor& losses, const Tensor& weight, std::int64_t batch_size) const {
  if (losses.rank() == 0 || losses.size(0) != batch_size)
    throw UsageError(
        "weights of samples: the loss gives " + str(losses.shape()) + " for " + number(batch_size) + " samples",
        "let it give one value per sample, [B], whose mean fit takes; or use a loss of losses.h");
  Shape beside(losses.shape().size(), 1);
  beside[0] = batch_size;
  const Tensor each = losses * cast(reshape(weight, beside), losses.dtype());
  return is_sum() ? sum(each) : mean(each);
}

Tensor BatchLoss::operator()(const Tensor& output, const Batch& batch) const {
  const std::int64_t batch_size = batch.x.size(0);
  if (const Tensor weight = weights_of(batch); weight.defined()) {
    if (divides_by_weights_)
      throw UsageError("the loss has a class_weight of its own and divides by its sum, beside weights of samples",
                       "give the classes' weights to fit instead: FitOptions.class_weight");
    return weighted(per_sample_(output, batch.y), weight, batch_size);
  }
  const Tensor loss = loss_(output, batch.y);
  const bool each = loss.defined() && loss.numel() != 1 && loss.rank() > 0 && loss.size(0) == batch_size;
  return each ? mean(loss) : loss;
}

}  // namespace percept
