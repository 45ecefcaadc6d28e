// rng.h - counter-based random numbers (Philox 4x32-10): a value is a pure function of key and counter.
#pragma once
#include <array>
#include <cstdint>

namespace percept {

// Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key);

// Names one sequence of random values: `seed` of the run and `stream` of its user (a parameter, a layer, an op).
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  friend bool operator==(const RandomKey&, const RandomKey&) = default;
};

// The Philox key of a (seed, stream) pair: both mixed, so that neighbours are unrelated (SplitMix64's finaliser).
std::uint64_t philox_key(RandomKey key);

// Uniform in [0, 1) from 32 random bits: a multiple of 2^-24, exact in f32.
inline float uniform_from(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

// Hands out streams in program order: same seed, same streams.
class Rng {
 public:
  explicit Rng(std::uint64_t seed = 0) : seed_(seed) {}
  std::uint64_t seed() const { return seed_; }
  RandomKey next() { return {seed_, next_++}; }

 private:
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
};

// Starts the program's default generator anew: parameters and random layers constructed afterwards take streams 0, 1,
// ...
void seed(std::uint64_t value);
Rng& default_rng();    // this thread's
RandomKey next_key();  // of the default generator

// While it lives, streams may be taken that are given back at its end: for layers that are made to look at them.
class KeepRng {
 public:
  KeepRng() : before_(default_rng()) {}
  ~KeepRng() { default_rng() = before_; }
  KeepRng(const KeepRng&) = delete;
  KeepRng& operator=(const KeepRng&) = delete;

 private:
  Rng before_;
};

// A pseudo-random permutation of 0..count-1 evaluated at one place, a pure function of key and index (a Feistel
// network with cycle walking): the order of a data set in an epoch needs no memory and no state.
class Permutation {
 public:
  Permutation(std::int64_t count, std::uint64_t key);
  std::int64_t operator()(std::int64_t index) const;  // index in 0..count-1

 private:
  std::uint64_t round_trip(std::uint64_t value) const;
  std::int64_t count_;
  std::uint64_t key_;
  int half_bits_ = 1;
};

}  // namespace percept
