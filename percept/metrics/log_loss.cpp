// log_loss.cpp - cross entropy sample by sample, in double.
#include "percept/metrics/log_loss.h"

#include <cmath>
#include <limits>
#include <vector>

#include "percept/metrics/classified.h"
#include "percept/metrics/metric_record.h"

namespace percept {

void LogLoss::update(const Tensor& output, const Tensor& target) {
  const Classified batch(output, target, name_);
  std::vector<double> weights(static_cast<std::size_t>(batch.classes())), logs(weights.size());
  ExactSum sum = sum_;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    batch.target_weights(row, weights);
    batch.log_probabilities(row, options_.from_logits, logs);
    double loss = 0;
    for (std::size_t k = 0; k < weights.size(); ++k)
      if (weights[k] != 0) loss -= weights[k] * logs[k];  // 0 log 0 is 0
    sum.add(loss);
  }
  sum_ = sum;
  total_ += batch.rows();
}

double LogLoss::result() const {
  return total_ > 0 ? sum_.value() / static_cast<double>(total_) : std::numeric_limits<double>::quiet_NaN();
}

double Perplexity::result() const { return std::exp(LogLoss::result()); }

void LogLoss::reset() {
  sum_ = {};
  total_ = 0;
}

std::vector<MetricRecord> metrics_log_loss();
std::vector<MetricRecord> metrics_log_loss() {
  return {metric_record<LogLoss>("log_loss",
                                 "The mean over samples of - sum_k target_k log p_k, for labels, one-hot and soft "
                                 "rows, and for one output per\n"
                                 "sample with 0, 1 or between. From logits exact however large; probabilities are held "
                                 "to 2^-52 .. 1 - 2^-52.\n"
                                 "scikit-learn's log_loss."),
          metric_record<Perplexity>(
              "perplexity", "e to the log_loss: among how many equally probable classes a guess would do as well.")};
}

}  // namespace percept
