// ema_weights.h - the moving average of the weights, used for validation and at the end: Keras's use_ema together with
// SwapEMAWeights.
#pragma once
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "percept/train/callback.h"

namespace percept {

// After each update, average = momentum average + (1 - momentum) weights, of the trained parameters; the first average
// is the weights themselves. The model has the averages while it is validated, and keeps them at the end of the run.
// Running statistics are not averaged. Source: Polyak and Juditsky 1992; Keras 3.
// What other callbacks see at the end of an epoch are the weights, unless swap_on_epoch. Beside callbacks that keep the
// best weights (ModelCheckpoint{save_best_only}, EarlyStopping{restore_best_weights}) stand before them, and with
// swap_on_epoch: without it they keep weights that were never validated.
// Costs one pass over the weights per update, beside the captured step.
class EMAWeights {
 public:
  struct Options {
    double momentum = 0.99;
    std::int64_t overwrite_frequency = 0;  // every so many updates the weights become the averages; 0: never
    bool swap_on_epoch = false;            // the averages are in the model from the end of an epoch to the next one
  };
  static constexpr std::string_view kType = "EMAWeights";
  // ValueError unless 0 <= momentum <= 1 and overwrite_frequency >= 0.
  explicit EMAWeights(Options options);
  EMAWeights() : EMAWeights(Options{}) {}
  const Options& options() const { return options_; }

  void on_train_begin(Progress& at);
  void on_epoch_begin(Progress& at);
  void on_step(Progress& at);
  void on_test_begin(Progress& at) { swap(at, true); }
  void on_test_end(Progress& at) { swap(at, false); }
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at) { swap(at, true); }
  void on_failure(Progress& at) { swap(at, false); }

 private:
  void swap(Progress& at, bool averages);
  Options options_;
  std::unordered_map<std::uint64_t, Tensor> kept_;  // by the parameter's id: averages; weights while those are in
  bool averages_in_model_ = false;
  std::int64_t updates_ = 0;
  std::vector<State*> parameters_;  // of this epoch
};

}  // namespace percept
