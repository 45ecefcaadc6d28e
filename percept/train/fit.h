// fit.h - training, evaluating and predicting in one call each; Trainer (trainer.h) is the same with its parts open.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "percept/data/data_loader.h"
#include "percept/data/dataset.h"
#include "percept/metrics/metric.h"
#include "percept/nn/losses.h"
#include "percept/nn/module.h"
#include "percept/optim/optimizer.h"
#include "percept/optim/schedule.h"
#include "percept/train/callback.h"
#include "percept/train/constraints.h"
#include "percept/train/gradient_functions.h"
#include "percept/train/history.h"
#include "percept/train/penalty.h"

namespace percept {

struct FitOptions {
  LossFunction loss = {};  // of output and target: one element, the mean over the batch; or one per sample
  std::optional<Optimizer> optimizer = {};
  std::int64_t epochs = 1;
  std::int64_t initial_epoch = 0;  // the first one's number, to go on with an earlier run; `epochs` stays the end
  std::int64_t steps = 0;          // above 0: exactly so many, over as many epochs as it takes; `epochs` is ignored
  std::int64_t batch_size = 32;
  std::optional<Dataset> validation = {};
  std::int64_t validation_batch_size = 256;
  std::int64_t validation_freq = 1;   // validated after each epoch whose number, from 1, it divides
  std::int64_t validation_steps = 0;  // above 0: on the first so many batches
  double validation_split = 0;        // the last part of the data, before shuffling; not together with `validation`
  bool shuffle = true;
  std::uint64_t seed = 0;       // of the order of samples; initial weights and what layers draw come from percept::seed
  BatchTransform augment = {};  // of training batches, in the workers (data/data_loader.h)
  std::vector<Metric> metrics = {};
  std::vector<Callback> callbacks = {};
  std::optional<Schedule> schedule = {};
  // Of the loss of each sample, by its label; times the data's own weights (Dataset::with_weights). The loss of a batch
  // is then sum(weight * loss) / B (train/batch_loss.h). Not in validation, whose data may have weights of their own.
  // One per class.
  std::vector<double> class_weight = {};
  std::vector<Penalty> penalties = {};       // added to the loss, in validation too (train/regularizers.h)
  std::vector<Constraint> constraints = {};  // applied after each update, in order (train/constraints.h)
  // Each batch in so many parts, one after the other: less memory, the same update up to rounding. Batch statistics are
  // each part's own, and so is what the loss divides by, other than the number of samples.
  std::int64_t micro_batches = 1;
  std::vector<GradientFunction> gradient_functions = {};  // between backward and the update, in order
  int num_workers = 0;                                    // threads that fetch batches ahead
  std::string on_nan =
      "stop";  // a loss that is NaN or infinite: "stop" throws NotANumberError, "skip" leaves the update out
  // The step as one plan (graph/capture.h): the same bits, faster. The C++ code of the model, the loss, clipping and
  // the optimizer then runs once per epoch and kind of batch; false: at every step, for code that chooses by values,
  // counts or prints. Other gradient functions, and optimizers that do not say they may be captured, run at every step.
  // Trainers with a step of their own run it as it is, and so do epochs of fewer than four steps, which a plan would
  // not make faster. Validation is captured with it.
  bool capture = true;
  bool verbose = false;  // a line per epoch to the log sink
};

// Trains `model` in place, building it first where sizes are open. The same seed gives the same bits for any number of
// workers and threads. Validation results are named val_<name>.
// ValueError for options out of range, UsageError for a missing loss or optimizer.
History fit(ModuleRef model, const Dataset& data, const FitOptions& options);

struct EvaluateOptions {
  LossFunction loss = {};  // without one, no "loss" is reported; weighted where the data has weights
  std::vector<Metric> metrics = {};
  std::int64_t batch_size = 256;
  int num_workers = 0;
  std::vector<Callback> callbacks = {};
  std::vector<Penalty> penalties = {};  // added to the loss
  bool capture = true;                  // forward and loss as one plan, as in FitOptions
};

// Name -> value over all of `data`. No training, no record of gradients, whatever scope is open outside.
Logs evaluate(ModuleRef model, const Dataset& data, const EvaluateOptions& options);

// The model's outputs for every sample of `data`, [N, ...]; for x [N, ...] likewise. Targets are not looked at. May be
// called from several threads at once. For many calls of few samples keep a plan: capture([&](const Tensor& x) { return
// model(x); }) packs the weights once.
Tensor predict(ModuleRef model, const Dataset& data, std::int64_t batch_size = 256);
Tensor predict(ModuleRef model, const Tensor& x, std::int64_t batch_size = 256);

}  // namespace percept
