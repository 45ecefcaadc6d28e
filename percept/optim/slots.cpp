// slots.cpp - what optimizers share.
#include "percept/optim/slots.h"

#include <cmath>
#include <cstring>

#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"

namespace percept {

std::vector<Buffer>& Slots::of(const State& parameter, FunctionRef<std::vector<Kind>()> kinds) {
  const auto [at, fresh] = index_.try_emplace(parameter.id(), entries_.size());
  if (fresh) {
    Entry& entry = entries_.emplace_back();
    entry.kinds = kinds();
    for (const Kind& kind : entry.kinds) entry.buffers.push_back(kind.make(parameter));
  }
  Entry& entry = entries_[at->second];
  if (entry.path.empty()) entry.path = parameter.path();  // the first: walks over parts of a model give others
  return entry.buffers;
}

std::vector<NamedState> Slots::named() {
  std::vector<NamedState> out;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    for (std::size_t k = 0; k < entries_[i].kinds.size(); ++k) {
      const std::string& path = entries_[i].path;
      out.push_back(
          {(path.empty() ? number(i) : path) + "." + std::string(entries_[i].kinds[k].name), &entries_[i].buffers[k]});
    }
  return out;
}

Buffer zeros_slot(const State& parameter) {
  Tensor value(parameter.impl().value.spec());
  const std::size_t bytes = static_cast<std::size_t>(value.numel()) * size_of(value.dtype());
  if (bytes > 0) std::memset(value.raw_data(), 0, bytes);
  return Buffer(value);
}

Buffer unset_slot(const State&) { return Buffer(); }

Buffer counter_slot(const State&) { return Buffer(zeros({}, DType::i64)); }

Buffer one_slot(const State&) { return Buffer(ones({}, DType::f64)); }

std::int64_t steps_counted(const Buffer& counter) { return *counter.impl().value.data<std::int64_t>(); }

std::int64_t count_step(Buffer& counter) {
  const std::int64_t step = steps_counted(counter) + 1;
  Tensor next(counter.impl().value.spec());
  *next.mutable_data<std::int64_t>() = step;
  counter.impl().value = next;  // host code, also where a captured step runs
  return step;
}

void step_parameters(std::string_view who, const std::vector<State*>& parameters,
                     FunctionRef<void(State& parameter, const Tensor& grad)> update) {
  TrainingScope* scope = training_scope();
  if (scope == nullptr)
    throw ValueError(std::string(who) + ": step() outside a TrainingScope",
                     "open one around the training loop: `TrainingScope training;`");
  if (trace() != nullptr && trace()->counter().storage() != scope->counter().storage())
    throw ValueError(std::string(who) + ": step() in a TrainingScope that the captured function opens itself",
                     "open it around the loop that calls the captured function");
  const NoGrad no_grad;
  for (State* parameter : parameters) {
    if (!parameter->grad().defined()) continue;
    update(*parameter, parameter->grad());
    set_grad(*parameter, {});
  }
  host_action([] {
    if (training_scope() == nullptr)
      throw ValueError("a captured step runs outside a TrainingScope",
                       "open one around the loop: `TrainingScope training;`");
    training_scope()->next_step();
  });
}

Tensor scalar_for(const State& parameter, std::function<double()> value) {
  return host_number(parameter.dtype(), std::move(value));
}

void check_number(std::string_view who, std::string_view name, double value, bool fits, std::string_view fix) {
  if (!fits || !std::isfinite(value))
    throw ValueError(std::string(who) + ": " + std::string(name) + " is " + number(value), std::string(fix));
}
void check_learning_rate(std::string_view who, double value) { check_not_negative(who, "learning_rate", value); }
void check_not_negative(std::string_view who, std::string_view name, double value) {
  check_number(who, name, value, value >= 0, "give a finite number of at least 0");
}
void check_fraction(std::string_view who, std::string_view name, double value) {
  check_number(who, name, value, value >= 0 && value < 1, "give a number of at least 0 and below 1");
}

}  // namespace percept
