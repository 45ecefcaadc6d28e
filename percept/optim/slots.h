// slots.h - what optimizers share: their states per parameter, and the frame of a step. For the files of optimizers.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "percept/base/function_ref.h"
#include "percept/nn/module.h"

namespace percept {

// A few buffers for each parameter, made when the parameter is first met.
class Slots {
 public:
  struct Kind {
    std::string_view name;  // PyTorch's, "exp_avg"
    Buffer (*make)(const State& parameter);
  };

  // Keyed by the parameter's id, so that it may be renamed or moved in between; slots keep the path it had first.
  // `kinds` is asked only for a new one.
  std::vector<Buffer>& of(const State& parameter, FunctionRef<std::vector<Kind>()> kinds);
  std::vector<NamedState> named();

 private:
  struct Entry {
    std::string path;
    std::vector<Kind> kinds;
    std::vector<Buffer> buffers;
  };
  std::vector<Entry> entries_;  // in the order in which parameters were met
  std::unordered_map<std::uint64_t, std::size_t> index_;
};

Buffer zeros_slot(const State& parameter);    // of the parameter's shape, dtype and memory order
Buffer unset_slot(const State& parameter);    // gets its value at the first step
Buffer counter_slot(const State& parameter);  // i64 of rank 0, from 0
Buffer one_slot(const State& parameter);      // f64 of rank 0, from 1
// Counts one step in a counter_slot: 1, 2, ... For host code: inside a host_number.
std::int64_t count_step(Buffer& counter);
std::int64_t steps_counted(const Buffer& counter);

// The outer frame of every optimizer's step: needs a TrainingScope (ValueError), calls update(parameter, gradient) for
// those with a gradient, clears it, and advances the scope's step.
void step_parameters(std::string_view who, const std::vector<State*>& parameters,
                     FunctionRef<void(State& parameter, const Tensor& grad)> update);

// A scalar as updates take it: rank 0, of the parameter's dtype. Asked for at each step, also of a captured one: it may
// change slots of host code, and reads options where they live (by reference).
Tensor scalar_for(const State& parameter, std::function<double()> value);

// ValueError "Adam: beta1 is 1.5" with the fix unless `fits`.
void check_number(std::string_view who, std::string_view name, double value, bool fits, std::string_view fix);
void check_learning_rate(std::string_view who, double value);
void check_not_negative(std::string_view who, std::string_view name, double value);
void check_fraction(std::string_view who, std::string_view name, double value);  // in [0, 1)

}  // namespace percept
