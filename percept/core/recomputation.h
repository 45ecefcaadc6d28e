// recomputation.h - functions that run a second time and must do what they did the first time: what each found in the
// program is remembered, and nothing outside of it changes again. autograd/recompute.h is the public side.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "percept/base/function_ref.h"
#include "percept/core/mode.h"
#include "percept/core/tensor.h"

namespace percept {

// A function, what it was called with, and what its first run found.
struct Recomputation final : RefCounted {
  std::function<void(const std::vector<Tensor>&)> function;
  std::vector<Tensor> inputs;  // their record begins here: it keeps no other node alive
  Modes modes;
  std::shared_ptr<const std::string> path = {};  // of the layer that made the call
  std::vector<Tensor> values = {};               // of states and host code, in the order in which it asked
  std::vector<std::uint64_t> numbers = {};       // counted, likewise
  std::size_t calls = 0;                         // of its calls, so many were recorded for gradients

  // ValueError: the function does not do what it did.
  [[noreturn]] static void refuse_change(const std::string& what);
  // Whether the tensor's memory is that of an input or a value: it need not be computed.
  bool holds(const Tensor& tensor) const;
};

// While it lives, the thread runs the function, for the first time or again. In a second run another function may have
// its first: only then are there two.
class RecomputedRun {
 public:
  RecomputedRun(Recomputation& function, bool again);
  ~RecomputedRun();
  RecomputedRun(const RecomputedRun&) = delete;
  RecomputedRun& operator=(const RecomputedRun&) = delete;

  Recomputation& function() const { return function_; }
  bool again() const { return again_; }
  RecomputedRun* outer() const { return outer_; }
  std::uint64_t id() const { return id_; }  // every run has another; 0 is none

  Tensor found(FunctionRef<Tensor()> now);
  std::uint64_t counted(FunctionRef<std::uint64_t()> now);

  std::vector<Ref<NodeBase>> calls;  // of a second run: what each recorded call has saved; null: nothing

 private:
  Recomputation& function_;
  const bool again_;
  RecomputedRun* const outer_;
  const std::uint64_t id_;
  std::size_t next_value_ = 0, next_number_ = 0;
};
RecomputedRun* recomputed_run();  // this thread's innermost, or null
bool running_again();             // what states, counters and observers should know of has happened before

// What `now` gives or, in a function that runs again, gave.
Tensor found(FunctionRef<Tensor()> now);
std::uint64_t counted(FunctionRef<std::uint64_t()> now);

}  // namespace percept
