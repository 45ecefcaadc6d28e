// chained.h - schedules made of others: all at once, or one after the other.
#pragma once
#include <vector>

#include "percept/optim/schedule.h"

namespace percept {

// All at once: each takes the rate of the one before it as its base, so that factors multiply. PyTorch's
// ChainedScheduler (where a Cosine has no eta_min, whose steps there depend on the rate of the moment).
class Chained {
 public:
  static constexpr std::string_view kType = "chained";
  struct Options {
    std::vector<Schedule> schedules = {};
  };
  explicit Chained(Options options);

  double learning_rate(const SchedulePoint& at) const;
  std::string monitor() const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// One after the other: at each milestone, counted in epochs (or steps), the next one begins at its own step 0; each
// one's whole training is its part. PyTorch's SequentialLR.
class InSequence {
 public:
  static constexpr std::string_view kType = "sequential";
  struct Options {
    std::vector<Schedule> schedules = {};
    std::vector<std::int64_t> milestones = {};  // increasing, one fewer than schedules
    std::string per = "epoch";                  // or "step"
  };
  explicit InSequence(Options options);

  double learning_rate(const SchedulePoint& at) const;
  std::string monitor() const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
