// penalty.cpp - watching layers during a forward pass, and the sum of the penalties.
#include "percept/train/penalty.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Sums of many halves would leave their range.
Tensor wide(const Tensor& x) { return x.dtype() == DType::f16 || x.dtype() == DType::bf16 ? cast(x, DType::f32) : x; }

}  // namespace

Penalty::Penalty(std::string name, OfTensor function, PathPatterns parameters, PathPatterns outputs)
    : name_(std::move(name)),
      of_tensor_(std::move(function)),
      parameters_(std::move(parameters)),
      outputs_(std::move(outputs)) {
  if (parameters_.empty() && outputs_.empty())
    throw UsageError(name_ + ": neither parameters nor outputs are named",
                     "say of what: parameters = \"*.weight\", or outputs = \"layers.2\" for what a layer gives");
}

PenaltyScope::PenaltyScope(const std::vector<Penalty>& penalties, ModuleRef model)
    : penalties_(penalties), model_(model) {
  for (const Penalty& penalty : penalties)
    if (!penalty.outputs_.empty())
      watched_.push_back({&penalty, layers_at(model, penalty.outputs_, penalty.name_), {}});
  if (!watched_.empty())
    observer_.emplace([this](const ModuleRef& layer, const Tensor& output) { see(layer, output); });
}

// A layer in a Sequential is seen twice with one result.
void PenaltyScope::see(const ModuleRef& layer, const Tensor& output) {
  for (Watched& one : watched_)
    for (std::size_t i = 0; i < one.layers.size(); ++i) {
      if (!(one.layers[i] == layer)) continue;
      const bool again = !one.outputs.empty() && one.outputs.back().first == i &&
                         one.outputs.back().second.storage() == output.storage();
      if (!again) one.outputs.emplace_back(i, output);
    }
}

Tensor PenaltyScope::added_to(const Tensor& loss, std::int64_t batch_size) {
  observer_.reset();
  if (!loss.defined()) return loss;
  Tensor total = loss;
  const auto add = [&](const Tensor& penalty, const std::string& name) {
    if (!penalty.defined() || penalty.numel() != 1)
      throw ShapeError("the penalty " + name + " is " + (penalty.defined() ? str(penalty.shape()) : "undefined"),
                       "let it give one number, e.g. by sum(x)");
    total = total + cast(reshape(penalty, total.shape()), total.dtype());
  };
  for (const Penalty& penalty : penalties_) {
    if (penalty.of_model_) add(penalty.of_model_(model_), "of the model");
    if (penalty.parameters_.empty()) continue;
    for (const State* parameter : parameters_at(model_, penalty.parameters_, penalty.name_))
      add(penalty.of_tensor_(wide(parameter->tensor())), penalty.name_ + " of " + parameter->path());
  }
  for (const Watched& one : watched_) {
    if (one.outputs.empty())
      throw ValueError(
          one.penalty->name_ + ": the layers at " + join(one.penalty->outputs_.patterns) + " were not called",
          "name layers that the model calls; a struct of your own is named by its layers");
    for (const auto& [layer, output] : one.outputs)
      add(one.penalty->of_tensor_(wide(output)) / static_cast<double>(batch_size), one.penalty->name_ + " of outputs");
  }
  return total;
}

}  // namespace percept
