// spirals.h - points in the plane on arms that wind around each other: what a linear net cannot part.
#pragma once
#include <cstdint>

#include "percept/data/dataset.h"

namespace percept {

struct SpiralsOptions {
  std::int64_t points = 1000;  // of all arms together
  std::int64_t arms = 2;       // classes
  double turns = 1.5;          // of each arm
  double noise = 0.01;         // standard deviation added to each coordinate; the arms end at radius 1
  std::uint64_t seed = 0;
};

// x f32 [points, 2], y i64 [points]: point i is on arm i mod arms, at radius r in [0.1, 1) and angle
// 2 pi (turns r + arm / arms). The same options give the same points. ValueError unless points and arms are at least 1
// and turns and noise finite, noise not negative.
TensorDataset spirals(const SpiralsOptions& options = {});

}  // namespace percept
