// ensemble.cpp - means of probabilities, taken as logarithms so that sure models do not become infinitely sure.
#include "percept/recipes/ensemble.h"

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Which kinds may be averaged: the same question answered, in whatever form.
enum class Family { numbers, one_of_classes, yes_or_no };

Family family_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::numbers:
      return Family::numbers;
    case OutputKind::logits:
    case OutputKind::log_probabilities:
      return Family::one_of_classes;
    case OutputKind::yes_logits:
    case OutputKind::yes_probabilities:
      break;
  }
  return Family::yes_or_no;
}

// A single logit says yes or no.
OutputKind kind_of(OutputKind kind, const Tensor& output) {
  return kind == OutputKind::logits && output.size(1) == 1 ? OutputKind::yes_logits : kind;
}

Tensor mean_of(const std::vector<Tensor>& parts) {
  Tensor sum;
  for (const Tensor& part : parts) sum = sum.defined() ? sum + part : part;
  return sum * (1.0 / static_cast<double>(parts.size()));
}

// log(mean(exp(part))): where all parts are equal that one, to the bit.
Tensor log_mean(const std::vector<Tensor>& parts) {
  constexpr double kLeast = -1e30;  // below the largest part: -inf less -inf would be no number
  Tensor most = parts[0];
  for (const Tensor& part : parts) most = maximum(most, part);
  most = maximum(most, kLeast);
  std::vector<Tensor> shares;
  for (const Tensor& part : parts) shares.push_back(exp(part - most));
  return log(mean_of(shares)) + most;
}

// Of outputs that say yes or no, in the form of `wanted`.
Tensor mean_yes(const std::vector<Tensor>& outputs, const std::vector<OutputKind>& kinds, OutputKind wanted) {
  std::vector<Tensor> probabilities, yes, no;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& x = outputs[i];
    const bool logits = kinds[i] == OutputKind::yes_logits;
    probabilities.push_back(logits ? sigmoid(x) : x);
    yes.push_back(logits ? log_sigmoid(x) : log(x));
    no.push_back(logits ? log_sigmoid(-x) : log(1 - x));
  }
  if (wanted == OutputKind::yes_probabilities) return mean_of(probabilities);
  return log_mean(yes) - log_mean(no);
}

// What readers outside the model do to its inputs.
std::string reading_of(const ModelInfo& info) {
  PreprocessSection reading;
  reading.picture = info.preprocess.picture;
  reading.table = info.preprocess.table;
  reading.text = info.preprocess.text;
  return to_json(to_value(reading));
}

std::string classes_of(const ModelInfo& info) {
  return info.class_names.empty() ? "none (numbers)" : printable(join(info.class_names), 400);
}

void check_same(const ModelInfo& first, const ModelInfo& other) {
  const std::string both = "an ensemble of " + quote(first.name) + " and " + quote(other.name);
  if (other.class_names != first.class_names)
    throw ValueError(both + ": their classes are " + classes_of(first) + " and " + classes_of(other),
                     "average models of the same classes, in the same order");
  if (other.sample_shape != first.sample_shape)
    throw ShapeError(both + ": they take " + str(first.sample_shape) + " and " + str(other.sample_shape),
                     "average models of the same inputs");
  if (family_of(output_kind(other)) != family_of(output_kind(first)))
    throw ValueError(both + ": their losses are " + quote(first.loss) + " and " + quote(other.loss) +
                         ", by which their outputs mean different things",
                     "average models of one kind of loss");
  if (reading_of(other) != reading_of(first))
    throw ValueError(both + ": they prepare their inputs differently ([preprocess] picture, table or text)",
                     "average models that were trained on the same rows: the same data, data.seed and parts");
}

}  // namespace

OutputKind output_kind(const ModelInfo& info) {
  const std::string type = loss_table(info.loss).find("type")->as_string();
  switch (find_loss(type)->input) {
    case LossInput::logits:
      return type == "bce_with_logits" ? OutputKind::yes_logits : OutputKind::logits;
    case LossInput::log_probabilities:
      return OutputKind::log_probabilities;
    case LossInput::probabilities:
      return OutputKind::yes_probabilities;
    case LossInput::values:
      break;
  }
  return OutputKind::numbers;
}

Tensor class_probabilities(const Tensor& outputs, OutputKind kind) {
  const NoGrad off;
  const Tensor values = cast(outputs, DType::f64);
  const bool single = values.size(1) == 1;
  if (kind == OutputKind::yes_logits || (single && kind != OutputKind::yes_probabilities)) {
    const Tensor yes = sigmoid(values);
    return single ? concat({1 - yes, yes}, 1) : yes;
  }
  if (kind == OutputKind::yes_probabilities) return single ? concat({1 - values, values}, 1) : values;
  return softmax(values, -1);  // of logarithms of probabilities these
}

Ensemble::Ensemble(const std::vector<LoadedModel>& models) : models_(models) {
  if (models.empty()) throw UsageError("an ensemble of no models", "give at least one");
  for (const LoadedModel& model : models) {
    check_same(models[0].info, model.info);
    kinds_.push_back(output_kind(model.info));
  }
}

void Ensemble::check_outputs(const std::vector<Part>& parts) const {
  const Shape& first = parts[0].output.shape();
  for (const Part& part : parts)
    if (part.output.rank() != 2 || part.output.shape() != first)
      throw ShapeError("an ensemble of " + quote(models_[parts[0].model].info.name) + " and " +
                           quote(models_[part.model].info.name) + ": they give " + str(first) + " and " +
                           str(part.output.shape()),
                       "average models with the same number of outputs");
}

Tensor Ensemble::mean(const std::vector<Part>& parts) const {
  check_outputs(parts);
  std::vector<OutputKind> kinds;
  std::vector<Tensor> outputs;
  for (const Part& part : parts) {
    kinds.push_back(kind_of(kinds_[part.model], part.output));
    outputs.push_back(kinds.back() == OutputKind::logits ? log_softmax(part.output, 1) : part.output);
  }
  const OutputKind wanted = kind_of(kinds_[0], outputs[0]);
  if (family_of(wanted) == Family::yes_or_no) return mean_yes(outputs, kinds, wanted);
  if (family_of(wanted) == Family::numbers) return mean_of(outputs);
  return log_mean(outputs);  // logits again: their softmax is the mean
}

Tensor Ensemble::operator()(const Tensor& x) const {
  if (models_.size() == 1) return models_[0].model(x);
  std::vector<Part> parts;
  for (std::size_t m = 0; m < models_.size(); ++m) parts.push_back({m, models_[m].model(x)});
  return mean(parts);
}

}  // namespace percept
