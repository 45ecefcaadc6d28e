// fit.cpp - the three calls, each a loader and a Trainer.
#include "percept/train/fit.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/data_loader.h"
#include "percept/ops/ops.h"
#include "percept/train/trainer.h"

namespace percept {
namespace {

DataLoader whole(const Dataset& data, std::int64_t batch_size, int num_workers) {
  return DataLoader(data, {.batch_size = batch_size, .num_workers = num_workers});
}

// Joins what the model gave for each batch.
struct CollectOutputs {
  std::vector<Tensor>* parts;
  void on_step(Progress& at) { parts->push_back(at.output); }
};

}  // namespace

History fit(ModuleRef model, const Dataset& data, const FitOptions& options) {
  FitOptions settled = options;
  Dataset train = data;
  if (options.validation_split != 0) {
    if (options.validation)
      throw UsageError("fit: both validation and validation_split = " + number(options.validation_split),
                       "use one of them");
    auto parts = split_validation(data, options.validation_split);
    train = parts.train;
    settled.validation = parts.validation;
  }
  Trainer trainer(model, std::move(settled));
  DataLoader loader(train, {.batch_size = options.batch_size,
                            .shuffle = options.shuffle,
                            .seed = options.seed,
                            .epoch = options.initial_epoch,
                            .num_workers = options.num_workers,
                            .transform = options.augment});
  build(model, train.sample_shape());
  return trainer.run(loader);
}

Logs evaluate(ModuleRef model, const Dataset& data, const EvaluateOptions& options) {
  const History history = Trainer(model, options).run(whole(data, options.batch_size, options.num_workers));
  Logs results;
  for (const auto& [name, values] : history.metrics) results[name] = values.back();
  return results;
}

Tensor predict(ModuleRef model, const Dataset& data, std::int64_t batch_size) {
  std::vector<Tensor> parts;
  Trainer(model, EvaluateOptions{.callbacks = {CollectOutputs{&parts}}}).run(whole(data, batch_size, 0));
  const NoGrad no_grad;
  return parts.size() == 1 ? parts[0] : concat(parts, 0);
}

Tensor predict(ModuleRef model, const Tensor& x, std::int64_t batch_size) {
  return predict(model, TensorDataset(x), batch_size);
}

}  // namespace percept
