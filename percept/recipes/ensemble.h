// ensemble.h - what a model's outputs say, by the loss it was trained with; and several models as one.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "percept/recipes/model.h"

namespace percept {

// How outputs [B, K] are read.
enum class OutputKind {
  numbers,            // as they are; scores without a probability too (multi_margin, hinge)
  logits,             // of classes that exclude each other: softmax; a single one is of the second of two: sigmoid
  log_probabilities,  // of such classes
  yes_logits,         // each for itself: sigmoid
  yes_probabilities,  // each for itself, as it is
};
OutputKind output_kind(const ModelInfo& info);

// Outputs [B, K] as probabilities of the classes, f64 [B, K]; of one output [B, 1] those of two, [B, 2]. Scores without
// a probability are taken for logits.
Tensor class_probabilities(const Tensor& outputs, OutputKind kind);

// The mean of what the models say: of their probabilities, or of their numbers.
class Ensemble {
 public:
  // Keeps a reference. UsageError for no model; ValueError or ShapeError for models of different classes, inputs, ways
  // to read them (statistics of columns, sizes of pictures, vocabularies), or outputs that mean something else.
  explicit Ensemble(const std::vector<LoadedModel>& models);

  const ModelInfo& info() const { return models_[0].info; }
  // As the first model would say it: its metrics and its loss read the result as its own outputs. Of one model its own.
  Tensor operator()(const Tensor& x) const;

  // What one of the models gave; there may be several of each.
  struct Part {
    std::size_t model = 0;
    Tensor output;
  };
  Tensor mean(const std::vector<Part>& parts) const;

 private:
  void check_outputs(const std::vector<Part>& parts) const;
  const std::vector<LoadedModel>& models_;
  std::vector<OutputKind> kinds_;
};

}  // namespace percept
