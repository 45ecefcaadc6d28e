// spirals.cpp - the points, made by ops on counter-based random numbers.
#include "percept/data/spirals.h"

#include <cmath>
#include <numbers>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/core/rng.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

void check(const SpiralsOptions& options) {
  if (options.points < 1) throw ValueError("spirals: points is " + number(options.points), "at least 1");
  if (options.arms < 1) throw ValueError("spirals: arms is " + number(options.arms), "at least 1");
  if (!std::isfinite(options.turns)) throw ValueError("spirals: turns is " + number(options.turns), "a finite number");
  if (!std::isfinite(options.noise) || options.noise < 0)
    throw ValueError("spirals: noise is " + number(options.noise), "at least 0 and finite");
}

}  // namespace

TensorDataset spirals(const SpiralsOptions& options) {
  check(options);
  const NoGrad off;
  const std::int64_t points = options.points;
  std::vector<std::int64_t> arms(static_cast<std::size_t>(points));
  for (std::size_t i = 0; i < arms.size(); ++i) arms[i] = static_cast<std::int64_t>(i) % options.arms;
  const Tensor arm = from_vector(arms, {points});
  const Tensor radius = uniform({points}, 0.1, 1, {options.seed, 0});
  const Tensor angle =
      2 * std::numbers::pi * (options.turns * radius + cast(arm, DType::f32) / static_cast<double>(options.arms));
  const Tensor on_arm = stack({radius * cos(angle), radius * sin(angle)}, 1);  // [points, 2]
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < options.arms; ++i) names.push_back("arm " + number(i));
  return TensorDataset(on_arm + normal({points, 2}, 0, options.noise, {options.seed, 1}), arm, std::move(names));
}

}  // namespace percept
