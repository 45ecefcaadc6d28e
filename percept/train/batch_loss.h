// batch_loss.h - the loss of a batch as one number, with the weights that its samples have.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "percept/data/dataset.h"
#include "percept/nn/losses.h"

namespace percept {

// Without weights the loss is what the function gives; where that is one value per sample or more, [B, ...] (reduction
// "none", a function of one's own), their mean.
//
// With weights w (Batch::weight times class_weight[label]) it is sum over i of w[i] loss[i] / B, loss[i] the mean over
// the sample's own elements: Keras's "sum_over_batch_size". It is not divided by the sum of the weights, as PyTorch's
// CrossEntropyLoss does with its own class_weight. The losses of losses.h are asked for their values per sample; those
// with reduction "sum" (or KLDivLoss's "batchmean") stay sums (over a sample's elements). Samples that ignore_index
// leaves out count in B.
class BatchLoss {
 public:
  // class_weight: by label; none: all 1. ValueError for weights that are negative or no numbers.
  BatchLoss(LossFunction loss, std::vector<double> class_weight);

  explicit operator bool() const { return static_cast<bool>(loss_); }
  // target for class_weight: labels [B] or [B, 1], or rows [B, K] whose largest place is the label. UsageError for a
  // loss that gives one number where weights need one per sample, or that divides by the sum of weights of its own.
  Tensor operator()(const Tensor& output, const Batch& batch) const;
  // ValueError for a label that has no class_weight. Reads the labels, so it is no part of a captured step.
  void check_labels(const Batch& batch) const;
  // Whether the loss of a batch is the sum of its samples' losses: then a part's is no share of it.
  bool is_sum() const { return reduction_ == "sum"; }

 private:
  Tensor weighted(const Tensor& losses, const Tensor& weight, std::int64_t batch_size) const;
  Tensor weights_of(const Batch& batch) const;
  LossFunction loss_, per_sample_;
  std::string reduction_ = "mean";  // of per_sample_'s values: what loss_ does
  bool divides_by_weights_ = false;
  std::vector<double> class_weight_;
};

}  // namespace percept
