// metric.cpp - the running mean.
#include "percept/metrics/metric.h"

#include <limits>

namespace percept {

double RunningMean::result() const { return weight_ > 0 ? sum_ / weight_ : std::numeric_limits<double>::quiet_NaN(); }

}  // namespace percept
