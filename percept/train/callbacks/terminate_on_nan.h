// terminate_on_nan.h - ends a run in good order when its loss is NaN or infinite, as Keras's TerminateOnNaN.
#pragma once
#include <string_view>

#include "percept/train/callback.h"

namespace percept {

// Without it fit throws NotANumberError at such a loss (FitOptions.on_nan). With it the run stops after that batch, and
// fit returns as usual; the weights are those before the batch, whose update is left out (Keras's have it). Says "Batch
// 5: Invalid loss, terminating training"; batches count from 0 in their epoch. raise_error: throws all the same.
class TerminateOnNaN {
 public:
  struct Options {
    bool raise_error = false;
  };
  static constexpr std::string_view kType = "TerminateOnNaN";
  explicit TerminateOnNaN(Options options) : options_(options) {}
  TerminateOnNaN() : TerminateOnNaN(Options{}) {}
  const Options& options() const { return options_; }

  void on_train_begin(Progress& at) { at.nan_is_heard = at.nan_is_heard || !options_.raise_error; }
  void on_step(Progress& at);

 private:
  Options options_;
};

}  // namespace percept
