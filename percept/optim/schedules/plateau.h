// plateau.h - a smaller learning rate once a metric stops improving.
#pragma once
#include "percept/optim/schedule.h"

namespace percept {

// Times factor (down to min_lr) after more than `patience` epochs in a row in which `monitor` did not improve on its
// best by threshold (a share of the best with "rel", a difference with "abs"); then cooldown epochs without counting.
// Follows the metric's values at the ends of epochs, which fit and Trainer give it (a loop of your own:
// SchedulePoint::metric). PyTorch's ReduceLROnPlateau; Keras's callback fires one epoch earlier.
class Plateau {
 public:
  static constexpr std::string_view kType = "plateau";
  struct Options {
    std::string monitor = "val_loss";  // a name among the epoch's logs
    std::string mode = "min";          // or "max"
    double factor = 0.1;
    std::int64_t patience = 10;
    double threshold = 1e-4;
    std::string threshold_mode = "rel";  // or "abs"
    std::int64_t cooldown = 0;
    double min_lr = 0;
    double eps = 1e-8;  // a smaller change of the rate is left out
  };
  explicit Plateau(Options options);
  Plateau() : Plateau(Options{}) {}

  double learning_rate(const SchedulePoint& at) const;
  std::string monitor() const { return options_.monitor; }
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
