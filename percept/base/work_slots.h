// work_slots.h - room for as many pieces of work as can run at once: scratch memory per slot, not per piece.
#pragma once
#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <thread>

#include "percept/base/cpu_count.h"

namespace percept {

// Which slot a piece takes decides where it works, never what it computes. A prepared kernel may run in two places at
// once; both draw from the same slots. More threads than slots: the rest wait for a piece to end.
class WorkSlots {
 public:
  explicit WorkSlots(std::int64_t pieces)
      : count_(static_cast<int>(std::clamp<std::int64_t>(pieces, 1, std::min(cpus(), 64)))) {}

  int count() const { return count_; }

  // Holds one slot for its lifetime.
  class Held {
   public:
    explicit Held(WorkSlots& slots) : slots_(slots), slot_(slots.take()) {}
    ~Held() { slots_.taken_.fetch_and(~(std::uint64_t{1} << slot_), std::memory_order_release); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    int index() const { return slot_; }

   private:
    WorkSlots& slots_;
    int slot_;
  };

 private:
  static int cpus() {
    static const int count = available_cpus();  // reads files
    return count;
  }

  int take() {
    for (;;) {
      std::uint64_t taken = taken_.load(std::memory_order_relaxed);
      const int slot = std::countr_one(taken);
      if (slot >= count_)
        std::this_thread::yield();
      else if (taken_.compare_exchange_weak(taken, taken | std::uint64_t{1} << slot, std::memory_order_acquire))
        return slot;
    }
  }

  std::atomic<std::uint64_t> taken_{0};
  int count_;
};

}  // namespace percept
