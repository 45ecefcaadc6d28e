// random_stream.h - the stream of random numbers that belongs to one layer, and the count of its calls in a step.
#pragma once
#include <cstdint>
#include <string>

#include "percept/core/mode.h"
#include "percept/core/recomputation.h"
#include "percept/core/rng.h"
#include "percept/core/trace.h"

namespace percept {

// Taken from default_rng() when constructed. A copy takes a fresh one (copies of a layer drop different elements),
// a move keeps it.
class RandomStream {
 public:
  RandomStream() : key_(next_key()) {}
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
    return counted([&] { return count(scope); });
  }

 private:
  std::uint64_t count(const TrainingScope& scope) const {
    // Each step of each scope has a counter tensor of its own; holding it keeps its address from being used again.
    if (step_.storage() != scope.counter().storage()) {
      step_ = scope.counter();
      calls_ = 0;
    }
    if (trace() != nullptr) keep_place();
    return calls_++;
  }

  // The number of the call is part of a captured function: each run must make the call with that number.
  void keep_place() const {
    token_.tell();
    trace()->after_recording([this] { --calls_; });
    host_action([this, number = calls_] {
      const std::uint64_t now = next_call(*training_scope());
      if (now != number)
        throw ValueError(
            "a random layer is called for the " + std::to_string(now + 1) +
                "th time in this step, its "
                "captured function was recorded at call " +
                std::to_string(number + 1),
            "call the function once in a step, at the same place; an optimizer's step begins the next one");
    });
  }

  ObjectToken token_;
  RandomKey key_;
  mutable Tensor step_;
  mutable std::uint64_t calls_ = 0;
};

}  // namespace percept
