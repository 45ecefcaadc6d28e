// reduce_lr_on_plateau.h - a smaller learning rate where a number no longer gets better, as Keras's ReduceLROnPlateau.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "percept/train/callbacks/learning_rate_scheduler.h"
#include "percept/train/monitor.h"

namespace percept {

// After `patience` epochs that are not better than the best by more than min_delta (absolute), the rate is multiplied
// by `factor`, and `cooldown` epochs are not counted then; never below min_lr. logs["learning_rate"] is the rate of the
// epoch. The optimizer gets its own rate back at the end of the run. Says "Epoch 7: ReduceLROnPlateau reducing learning
// rate to 0.01.". The schedule Plateau is PyTorch's form of it.
class ReduceLROnPlateau {
 public:
  struct Options {
    std::string monitor = "val_loss";
    double factor = 0.1;
    std::int64_t patience = 10;
    int verbose = 0;
    std::string mode = "auto";
    double min_delta = 1e-4;
    std::int64_t cooldown = 0;
    double min_lr = 0;
  };
  static constexpr std::string_view kType = "ReduceLROnPlateau";
  // ValueError unless 0 <= factor < 1 and patience, cooldown, min_lr are at least 0.
  explicit ReduceLROnPlateau(Options options);
  ReduceLROnPlateau() : ReduceLROnPlateau(Options{}) {}
  const Options& options() const { return options_; }

  void on_train_begin(Progress& at);  // UsageError beside a schedule, which would set the rate itself
  void on_epoch_end(Progress& at);
  void on_train_end(Progress& at) { own_.put_back(at); }
  void on_failure(Progress& at) { own_.put_back(at); }

 private:
  bool reduced(Progress& at) const;
  Options options_;
  Monitor monitor_;
  OwnRate own_;
  std::int64_t wait_ = 0, cooling_ = 0;
  std::optional<double> best_;
};

}  // namespace percept
