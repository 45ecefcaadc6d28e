// monitor.h - whether a number among the logs has become better: what callbacks that follow one share, as in Keras.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "percept/base/function_ref.h"
#include "percept/train/callback.h"

namespace percept {

enum class Direction { min, max };

// Which way is better for a name that no metric of the run has, "val_" left out: "loss", "mse", "ece", ... down,
// "accuracy", "f1", "auc", ... up; nothing for a name that is not among them, however it begins.
std::optional<Direction> metric_direction(std::string_view name);

class Monitor {
 public:
  // `who` begins messages. mode: "auto" (the metric's own direction, or metric_direction), "min" or "max". A value is
  // better than another only by more than min_delta, whose sign does not count. ValueError for another mode, or a
  // min_delta that is no number.
  Monitor(std::string_view who, std::string name, const std::string& mode, double min_delta);

  // UsageError where mode is "auto" and the name is not known. Called first in a run.
  void begin(const Progress& at);
  // The value, if the logs have it; without, and once in a run, `missing` as a warning.
  std::optional<double> current(const Logs& logs, FunctionRef<std::string()> missing);
  // A number is better than nothing and than NaN, which is never better itself (Keras keeps a NaN that comes first as
  // the best).
  bool better(double value, std::optional<double> reference) const;
  const std::string& name() const { return name_; }

 private:
  std::string who_, name_;
  std::optional<Direction> direction_;
  double min_delta_;
  bool warned_ = false;
};

// "accuracy,loss": what warnings name.
std::string names_of(const Logs& logs);
// "Epoch 3: early stopping": to the log sink, as information where `verbose` is above 0, else for debugging.
void tell(int verbose, const std::string& message);

}  // namespace percept
