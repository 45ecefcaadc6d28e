// penalty.h - what is added to the loss beside the error on the data: of the weights, or of what layers give.
#pragma once
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "percept/nn/module.h"
#include "percept/train/path_patterns.h"

namespace percept {

// FitOptions.penalties = {L2{{.factor = 1e-4, .parameters = "*.weight"}}, [](const ModuleRef& model) { ... }}
// Any function from the model to one number, or a regularizer (train/regularizers.h).
class Penalty {
 public:
  using OfModel = std::function<Tensor(const ModuleRef& model)>;
  using OfTensor = std::function<Tensor(const Tensor& x)>;

  template <class F>
    requires(!std::same_as<F, Penalty> && std::is_invocable_r_v<Tensor, const F&, const ModuleRef&>)
  Penalty(F of_model) : of_model_(std::move(of_model)) {}  // NOLINT: implicit on purpose
  // A regularizer: a function of one tensor with options that say of which.
  template <class R>
    requires(!std::same_as<R, Penalty> &&
             requires(const R& one, const Tensor& x) {
               { one(x) } -> std::same_as<Tensor>;
               { one.options().parameters } -> std::convertible_to<PathPatterns>;
               { one.options().outputs } -> std::convertible_to<PathPatterns>;
             })
  Penalty(R regularizer)  // NOLINT
      : Penalty(std::string(R::kType), regularizer, regularizer.options().parameters, regularizer.options().outputs) {}
  // The sum of `function` over the trained parameters at `parameters`, and over the results of each call of the layers
  // at `outputs`, those divided by the batch size as Keras's activity regularizers. UsageError where both are empty.
  Penalty(std::string name, OfTensor function, PathPatterns parameters, PathPatterns outputs);

 private:
  friend class PenaltyScope;
  std::string name_;
  OfModel of_model_;
  OfTensor of_tensor_;
  PathPatterns parameters_, outputs_;
};

// While it lives, calls of layers are watched for the penalties that need it; `added_to` gives the loss with all of
// them. Around one forward pass, inside the function that is captured.
class PenaltyScope {
 public:
  PenaltyScope(const std::vector<Penalty>& penalties, ModuleRef model);
  // The loss of `batch_size` samples; undefined stays so.
  Tensor added_to(const Tensor& loss, std::int64_t batch_size);

 private:
  struct Watched {
    const Penalty* penalty;
    std::vector<ModuleRef> layers;
    std::vector<std::pair<std::size_t, Tensor>> outputs;  // which layer, what it gave
  };
  void see(const ModuleRef& layer, const Tensor& output);
  const std::vector<Penalty>& penalties_;
  ModuleRef model_;
  std::vector<Watched> watched_;
  std::optional<CallObserver> observer_;
};

}  // namespace percept
