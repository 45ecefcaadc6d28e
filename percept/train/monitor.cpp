// monitor.cpp - the directions of metrics by name, and comparisons with what was best.
#include "percept/train/monitor.h"

#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/text.h"

namespace percept {
namespace {

constexpr std::string_view kUp[] = {"accuracy",
                                    "auc",
                                    "average_precision",
                                    "balanced_accuracy",
                                    "binary_accuracy",
                                    "categorical_accuracy",
                                    "cohen_kappa",
                                    "cosine_similarity",
                                    "dice",
                                    "f1",
                                    "f1_score",
                                    "fbeta",
                                    "iou",
                                    "kappa",
                                    "matthews",
                                    "mcc",
                                    "mean_iou",
                                    "pr_auc",
                                    "precision",
                                    "psnr",
                                    "r2",
                                    "recall",
                                    "roc_auc",
                                    "sensitivity",
                                    "sparse_categorical_accuracy",
                                    "specificity",
                                    "ssim"};
constexpr std::string_view kDown[] = {"bce",
                                      "binary_crossentropy",
                                      "brier",
                                      "brier_score",
                                      "categorical_crossentropy",
                                      "cross_entropy",
                                      "ece",
                                      "error",
                                      "error_rate",
                                      "hamming_loss",
                                      "hinge",
                                      "kl_divergence",
                                      "log_cosh",
                                      "log_loss",
                                      "loss",
                                      "mae",
                                      "mape",
                                      "mean_absolute_error",
                                      "mean_absolute_percentage_error",
                                      "mean_squared_error",
                                      "mean_squared_logarithmic_error",
                                      "mse",
                                      "msle",
                                      "nll",
                                      "perplexity",
                                      "poisson",
                                      "rmse",
                                      "root_mean_squared_error",
                                      "sparse_categorical_crossentropy"};

template <std::size_t N>
bool among(const std::string_view (&known)[N], std::string_view name) {
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

}  // namespace

std::optional<Direction> metric_direction(std::string_view name) {
  if (name.starts_with("val_")) name.remove_prefix(4);
  if (among(kUp, name)) return Direction::max;
  if (among(kDown, name)) return Direction::min;
  return std::nullopt;
}

Monitor::Monitor(std::string_view who, std::string name, const std::string& mode, double min_delta)
    : who_(who), name_(std::move(name)), min_delta_(std::abs(min_delta)) {
  if (mode != "auto" && mode != "min" && mode != "max")
    throw ValueError(who_ + ": mode = \"" + mode + "\"", "use \"auto\", \"min\" or \"max\"");
  if (!std::isfinite(min_delta))
    throw ValueError(who_ + ": min_delta = " + number(min_delta), "give a finite number, at first 0");
  if (mode == "min") direction_ = Direction::min;
  if (mode == "max") direction_ = Direction::max;
}

void Monitor::begin(const Progress& at) {
  warned_ = false;
  if (!direction_) {
    const auto own = at.higher_is_better.find(name_);
    direction_ = own == at.higher_is_better.end() ? metric_direction(name_)
                                                  : std::optional(own->second ? Direction::max : Direction::min);
  }
  if (!direction_)
    throw UsageError(who_ + ": whether " + name_ + " should go up or down is not known",
                     "set mode = \"max\" if larger is better, mode = \"min\" if smaller is");
}

std::optional<double> Monitor::current(const Logs& logs, FunctionRef<std::string()> missing) {
  if (const auto found = logs.find(name_); found != logs.end()) return found->second;
  if (!warned_) log(LogLevel::warning, missing());
  warned_ = true;
  return std::nullopt;
}

bool Monitor::better(double value, std::optional<double> reference) const {
  if (std::isnan(value)) return false;
  if (!reference || std::isnan(*reference)) return true;
  return direction_ == Direction::min ? value + min_delta_ < *reference : value - min_delta_ > *reference;
}

std::string names_of(const Logs& logs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : logs) names.push_back(name);
  return join(names, ",");
}

void tell(int verbose, const std::string& message) { log(verbose > 0 ? LogLevel::info : LogLevel::debug, message); }

}  // namespace percept
