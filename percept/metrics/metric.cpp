// metric.cpp - sums and the running mean.
#include "percept/metrics/metric.h"

#include <cmath>
#include <limits>

namespace percept {

void ExactSum::add(double value) {
  const double total = sum_ + value;
  if (std::isfinite(total))  // infinity minus itself would make the rest NaN
    rest_ += std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
  sum_ = total;
}

double RunningMean::result() const { return weight_ > 0 ? sum_ / weight_ : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace percept
