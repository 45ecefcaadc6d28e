// trainer.h - the one loop over batches, with replaceable parts.
#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "percept/base/function_ref.h"
#include "percept/data/data_loader.h"
#include "percept/graph/capture.h"
#include "percept/train/fit.h"

namespace percept {

// What a step gives: a loss to go down (undefined where nothing is trained), and what metrics look at.
struct StepResult {
  StepResult(Tensor loss_of_batch, Tensor output_of_model = {})  // NOLINT: implicit on purpose
      : loss(std::move(loss_of_batch)), output(std::move(output_of_model)) {}
  Tensor loss, output;
};

//   Trainer trainer(model, {.optimizer = Adam{{.learning_rate = 1e-3}}, .epochs = 3});
//   trainer.step = [&](const Batch& batch) { return cross_entropy(model(batch.x), batch.y) + penalty(model); };
//   trainer.run(loader);
class Trainer {
 public:
  // Trains. The model must be built. ValueError for options out of range. `validation_split`, `batch_size`, `shuffle`
  // and `num_workers` are the loader's business here, and so is beginning at the data of `initial_epoch`.
  Trainer(ModuleRef model, FitOptions options);
  // Only looks: no updates, inference mode.
  Trainer(ModuleRef model, EvaluateOptions options);

  // From a batch to its loss. At first: options.loss(model(x), y), with the samples' weights. A step that returns only
  // the loss gives metrics nothing to look at. Penalties are added to what it gives.
  std::function<StepResult(const Batch&)> step;

  // The loop. Starts where the loader stands; a run that is left by `stop` leaves the loader at the next batch.
  History run(DataLoader& loader);
  History run(DataLoader&& loader) { return run(loader); }
  Optimizer& optimizer() { return *options_.optimizer; }

 private:
  Progress begin(const DataLoader& loader);
  std::vector<Callback> callbacks(History& history) const;
  Callback validation() const;
  // trainer_step.cpp: what can happen with a batch.
  void train_on(Progress& at);
  void look_at(Progress& at);
  StepResult forward(const Batch& batch) const;
  StepResult forward_and_backward(const Batch& batch, FunctionRef<void(const Tensor& loss)> look) const;
  bool may_be_planned(const Progress& at) const;
  void update_by_plan(Progress& at);
  void update_eagerly(Progress& at);
  void update_by_closure(Progress& at);
  StepResult forward_and_backward_by_plan(Progress& at);
  StepResult look_by_plan(Progress& at);
  bool finite_or_skipped(Progress& at) const;
  bool change_gradients();
  void constrain() const;

  ModuleRef model_;
  FitOptions options_;
  void (Trainer::*process_)(Progress& at);  // what happens with a batch
  std::vector<State*> trained_;             // parameters(model), taken anew each epoch
  PlanCache plans_;                         // of what is done with a batch, made anew each epoch: the model may change
};

}  // namespace percept
