// rng.cpp - Philox 4x32-10, streams and permutations.
#include "percept/core/rng.h"

#include <bit>
#include <string>

#include "percept/base/error.h"
#include "percept/core/recomputation.h"
#include "percept/core/trace.h"

namespace percept {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0], p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

namespace {
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}
}  // namespace

std::uint64_t philox_key(RandomKey key) { return mix(mix(key.seed + 0x9E3779B97F4A7C15u) + key.stream); }

Rng& default_rng() {
  if (trace() != nullptr) trace()->draws();
  thread_local Rng rng;
  return rng;
}
RandomKey next_key() {
  RandomKey key;
  key.seed = counted([&] {
    key = default_rng().next();
    return key.seed;
  });
  key.stream = counted([&] { return key.stream; });
  return key;
}
void seed(std::uint64_t value) { default_rng() = Rng(value); }

Permutation::Permutation(std::int64_t count, std::uint64_t key) : count_(count), key_(key) {
  if (count < 0) throw ValueError("permutation of " + std::to_string(count) + " elements", "the count must be >= 0");
  const int bits = std::bit_width(static_cast<std::uint64_t>(count > 1 ? count - 1 : 1));
  half_bits_ = (bits + 1) / 2;
}

// Four Feistel rounds over 2 * half_bits_ bits: a bijection of [0, 4^half_bits_).
std::uint64_t Permutation::round_trip(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_, right = value & mask;
  for (std::uint32_t round = 0; round < 4; ++round) {
    const auto random =
        philox({static_cast<std::uint32_t>(right), static_cast<std::uint32_t>(right >> 32), round, 0}, key_);
    const std::uint64_t next = left ^ ((random[0] | std::uint64_t{random[1]} << 32) & mask);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

std::int64_t Permutation::operator()(std::int64_t index) const {
  auto value = static_cast<std::uint64_t>(index);
  do value = round_trip(value);
  while (value >= static_cast<std::uint64_t>(count_));  // walk the cycle back into range: at most 4 steps on average
  return static_cast<std::int64_t>(value);
}

}  // namespace percept
