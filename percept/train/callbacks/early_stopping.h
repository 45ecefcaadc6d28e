// early_stopping.h - ends a run that no longer gets better, as Keras's EarlyStopping.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "percept/train/monitor.h"
#include "percept/train/saved_states.h"

namespace percept {

// FitOptions.callbacks = {EarlyStopping{{.patience = 3, .restore_best_weights = true}}}
// After `patience` epochs in a row that are not better than the best by more than min_delta, the run stops; with a
// baseline, epochs that are not better than that count too. restore_best_weights: at the end of the run, also of one
// that was not stopped, the model has the values (parameters and buffers) of the end of its best epoch. Says "Epoch 7:
// early stopping" and "Restoring model weights from the end of the best epoch: 4.".
class EarlyStopping {
 public:
  struct Options {
    std::string monitor = "val_loss";
    double min_delta = 0;
    std::int64_t patience = 0;
    int verbose = 0;
    std::string mode = "auto";
    std::optional<double> baseline = {};
    bool restore_best_weights = false;
    std::int64_t start_from_epoch = 0;  // epochs before are not looked at
  };
  static constexpr std::string_view kType = "EarlyStopping";
  // ValueError for a negative patience or start_from_epoch, or another mode than "auto", "min", "max".
  explicit EarlyStopping(Options options);
  EarlyStopping() : EarlyStopping(Options{}) {}
  const Options& options() const { return options_; }

  void on_train_begin(Progress& at);  // UsageError where mode is "auto" and the direction is not known
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at);
  void on_failure(Progress& at);

 private:
  Options options_;
  Monitor monitor_;
  std::int64_t wait_ = 0, stopped_epoch_ = 0, best_epoch_ = 0;
  std::optional<double> best_;
  SavedStates best_states_;
};

}  // namespace percept
