// losses.cpp - losses by name.
#include "percept/nn/losses.h"

#include "percept/base/log.h"
#include "percept/ops/ops.h"

namespace percept {

Tensor CrossEntropyLoss::operator()(const Tensor& logits, const Tensor& labels) const {
  return cross_entropy(logits, labels);
}

const std::vector<Loss>& all_losses() {
  static const std::vector<Loss> all{
      {"cross_entropy", "The mean of -log softmax(logits)[label]: logits [B, K], labels [B] in 0..K-1.",
       [](const Tensor& output, const Tensor& target) { return cross_entropy(output, target); }},
      {"mse", "The mean of (output - target)^2 over all elements; both of one shape.",
       [](const Tensor& output, const Tensor& target) { return mse_loss(output, target); }},
  };
  return all;
}

const Loss* find_loss(std::string_view name) {
  for (const Loss& loss : all_losses())
    if (loss.name == name) return &loss;
  return nullptr;
}

bool warn_about_loss(ModuleRef model, std::string_view loss) {
  if (loss != "cross_entropy") return false;
  // The last layer by the order of the fields: exact for a Sequential, the custom for a struct.
  std::vector<NamedModule> below = model.children();
  while (!below.empty()) {
    model = below.back().module;
    below = model.children();
  }
  const std::string_view last = model.type_name();
  if (last != "Softmax" && last != "LogSoftmax") return false;
  log(LogLevel::warning, "the model ends in " + std::string(last) +
                             ", but cross_entropy takes logits and applies it itself: remove that layer");
  return true;
}

}  // namespace percept
