// evaluate.cpp - one pass over data, for one model or the mean of several.
#include "percept/recipes/evaluate.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/augment/augment.h"
#include "percept/metrics/metric_record.h"
#include "percept/nn/losses.h"
#include "percept/recipes/ensemble.h"
#include "percept/train/trainer.h"

namespace percept {
namespace {

constexpr std::int64_t kTestBatch = 256;
constexpr std::size_t kMostInTable = 1000;  // classes: the counts grow with their square

// Each output's name: the model's classes, then numbers for outputs beyond them.
std::vector<std::string> output_names(const ModelInfo& info, std::int64_t outputs) {
  std::vector<std::string> names = info.class_names;
  while (static_cast<std::int64_t>(names.size()) < outputs) names.push_back(std::to_string(names.size()));
  return names;
}

EvaluateOptions options_of(const ModelInfo& info, Evaluation& result, bool capture) {
  const MetricDefaults defaults = metric_defaults(loss_table(info.loss));
  const double cut = defaults.from_logits ? 0 : 0.5;  // of one output for two classes
  std::vector<Metric> metrics = metrics_of(info.metrics, "train.metrics", defaults);
  EvaluateOptions options{.loss = loss_of(loss_table(info.loss)),
                          .metrics = std::move(metrics),
                          .batch_size = kTestBatch,
                          .capture = capture};
  const std::size_t classes = info.preprocess.text ? 0 : info.class_names.size();  // a vocabulary is no list to look at
  if (classes > 0 && classes <= kMostInTable)
    options.callbacks.emplace_back(LambdaCallback{.on_step = [&result, &info, cut](Progress& at) {
      if (!result.confusion)
        result.confusion = ConfusionMatrix(output_names(info, std::max<std::int64_t>(at.output.size(1), 2)));
      result.confusion->update(at.output, at.batch.y, cut);
    }});
  return options;
}

// What training did to each picture, without what it mixed of several.
Augment views_of(const AugmentSection& section) {
  std::vector<AugmentStep> steps;
  for (const AugmentStep& step : section.steps)
    if (!step.mixes()) steps.push_back(step);
  return Augment(std::move(steps), {.value_range = value_range_of(section)});
}

// The batch as training would see it in an epoch of its own.
Tensor view_of(const BatchTransform& augment, const Batch& batch, std::int64_t view) {
  if (view == 0) return batch.x;
  std::vector<std::int64_t> samples;
  for (std::int64_t i = 0; i < batch.x.size(0); ++i) samples.push_back(batch.first_sample + i);
  return augment(batch, {.seed = 0, .epoch = view, .samples = samples}).x;
}

}  // namespace

std::vector<Value> usual_metrics(bool classifies) {
  if (classifies) return {Value("accuracy")};
  return {Value("r2"), Value("mae")};
}

Evaluation evaluate_model(const RecipeModel& model, const ModelInfo& info, const Dataset& data, bool capture) {
  Evaluation result;
  result.values = evaluate(const_cast<RecipeModel&>(model), data, options_of(info, result, capture));
  return result;
}

Evaluation evaluate_models(const std::vector<LoadedModel>& models, const Dataset& data,
                           const EnsembleOptions& options) {
  const ModelInfo& info = models.at(0).info;
  if (models.size() == 1 && options.tta == 1) return evaluate_model(models[0].model, info, data);
  const Ensemble ensemble(models);
  std::vector<BatchTransform> augments;
  for (const LoadedModel& model : models) {
    if (options.tta > 1 && model.info.augment.steps.empty())
      throw UsageError("tta = " + number(options.tta) + ": " + model.info.name + " was trained without augmentation",
                       "leave tta out, or train with [augment] steps");
    augments.emplace_back(options.tta > 1 ? BatchTransform(views_of(model.info.augment)) : BatchTransform());
  }
  Evaluation result;
  auto& first = const_cast<RecipeModel&>(models[0].model);
  EvaluateOptions evaluation = options_of(info, result, false);
  Trainer trainer(first, evaluation);
  trainer.step = [&](const Batch& batch) -> StepResult {
    std::vector<Ensemble::Part> parts;
    for (std::size_t m = 0; m < models.size(); ++m)
      for (std::int64_t view = 0; view < options.tta; ++view)
        parts.push_back({m, models[m].model(view_of(augments[m], batch, view))});
    const Tensor output = ensemble.mean(parts);
    return {evaluation.loss(output, batch.y), output};
  };
  DataLoader loader(data, {.batch_size = kTestBatch, .num_workers = options.num_workers});
  const History history = trainer.run(loader);
  for (const auto& [name, values] : history.metrics) result.values[name] = values.back();
  return result;
}

}  // namespace percept
