// draws.h - the random numbers of one augmentation step for one sample: a pure function of (seed, step, epoch, sample).
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "percept/core/rng.h"

namespace percept {

// The Philox key of the step at `place` in the list of steps.
std::uint64_t augment_key(std::uint64_t seed, std::int64_t place);

// Numbers in order, from counters (draw, epoch, sample).
class Draws {
 public:
  Draws(std::uint64_t key, std::int64_t epoch, std::int64_t sample);

  std::uint32_t bits();
  double uniform() { return bits() * 0x1p-32; }  // [0, 1)
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  std::int64_t integer(std::int64_t low, std::int64_t high);  // low .. high, both included; high - low below 2^32
  bool chance(double probability) { return uniform() < probability; }
  double normal();
  double gamma(double shape);      // of scale 1, shape > 0
  double log_gamma(double shape);  // the logarithm of such a number, which of small shapes may be too small itself
  double beta(double alpha);       // Beta(alpha, alpha), alpha > 0
  void shuffle(std::span<int> items);

  // Many at once; without libm, so that any machine gives the same bits.
  void fill_uniform(std::span<float> values);  // [0, 1)
  void fill_normal(std::span<float> values);   // mean 0, standard deviation 1

 private:
  std::uint64_t key_;
  std::array<std::uint32_t, 4> counter_, block_{};
  int used_ = 4;  // of block_
};

}  // namespace percept
