// random_stream.h - the stream of random numbers that belongs to one layer, and the count of its calls in a step.
#pragma once
#include <cstdint>

#include "percept/core/mode.h"
#include "percept/core/rng.h"
#include "percept/core/tensor.h"

namespace percept {

// Taken from default_rng() when constructed. A copy takes a fresh one (copies of a layer drop different elements),
// a move keeps it.
class RandomStream {
 public:
  RandomStream() : key_(default_rng().next()) {}
  RandomStream(const RandomStream&) : RandomStream() {}
  RandomStream(RandomStream&&) noexcept = default;
  RandomStream& operator=(const RandomStream& other) {
    if (this != &other) *this = RandomStream();
    return *this;
  }
  RandomStream& operator=(RandomStream&&) noexcept = default;

  RandomKey key() const { return key_; }
  // 0, 1, ... within one step of one scope. Only training counts; one thread at a time may train a layer.
  std::uint64_t next_call(const TrainingScope& scope) const {
    // Each step of each scope has a counter tensor of its own; holding it keeps its address from being used again.
    if (step_.storage() != scope.counter().storage()) {
      step_ = scope.counter();
      calls_ = 0;
    }
    return calls_++;
  }

 private:
  RandomKey key_;
  mutable Tensor step_;
  mutable std::uint64_t calls_ = 0;
};

}  // namespace percept
