// history.h - what a training leaves behind: each metric's value per epoch, and what it took.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace percept {

struct History {
  // "loss", "accuracy", "val_loss", ...: one value per epoch; NaN for epochs that had none (FitOptions.validation_freq)
  std::map<std::string, std::vector<double>> metrics;
  std::vector<std::int64_t> epoch;  // the epochs' numbers, from 0
  struct Params {
    std::int64_t epochs = 0, steps = 0;  // asked for; steps per epoch, as in Keras
    std::int64_t batch_size = 0;
  } params;
  std::int64_t epochs = 0, steps = 0;  // done, the last epoch possibly in part
  std::int64_t skipped_steps = 0;
  std::string stopped = {};         // who ended the run before its time: "EarlyStopping after epoch 17"
  std::int64_t restored_epoch = 0;  // from 1: the model has the weights of that one's end; 0: of the last step
  std::int64_t samples = 0;
  double seconds = 0;            // on training batches, without validation
  double images_per_second = 0;  // samples / seconds

  // Its values per epoch, and the last of them; UsageError with the nearest name for an unknown metric.
  const std::vector<double>& at(const std::string& name) const;
  double last(const std::string& name) const;
};

}  // namespace percept
