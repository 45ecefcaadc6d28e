// losses.h - losses by name, for recipes.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "percept/nn/module.h"

namespace percept {

// Mean of -log softmax(logits)[label].
struct CrossEntropyLoss {
  Tensor operator()(const Tensor& logits, const Tensor& labels) const;
};

using LossFunction = std::function<Tensor(const Tensor& output, const Tensor& target)>;

struct Loss {
  std::string_view name;  // "cross_entropy"
  std::string_view doc;
  LossFunction function;  // gives one element, the mean over the batch
};

const std::vector<Loss>& all_losses();         // by name
const Loss* find_loss(std::string_view name);  // null when there is none

// Warns in the log when the model ends in Softmax or LogSoftmax and the loss takes logits; true if it did.
bool warn_about_loss(ModuleRef model, std::string_view loss);

}  // namespace percept
