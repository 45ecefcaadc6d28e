// mode.cpp - the scopes' thread-local state.
#include "percept/core/mode.h"

#include <utility>

#include "percept/core/recomputation.h"

namespace percept {
namespace {
thread_local bool recording = true;
thread_local bool settling = false;
thread_local TrainingScope* innermost = nullptr;
}  // namespace

NoGrad::NoGrad() : before_(std::exchange(recording, false)) {}
NoGrad::~NoGrad() { recording = before_; }
bool grad_enabled() { return recording; }
WithGrad::WithGrad() : before_(std::exchange(recording, true)) {}
WithGrad::~WithGrad() { recording = before_; }

TrainingScope::TrainingScope(std::int64_t first_step, std::uint64_t seed)
    : step_(first_step),
      seed_(seed),
      counter_(contiguous_spec(DType::i64, {})),
      outer_(std::exchange(innermost, this)) {
  *counter_.mutable_data<std::int64_t>() = step_;
}
TrainingScope::TrainingScope(const Modes& modes)
    : step_(modes.step_), seed_(modes.seed_), counter_(modes.counter_), outer_(std::exchange(innermost, this)) {}
TrainingScope::~TrainingScope() { innermost = outer_; }

void TrainingScope::next_step() {
  ++step_;
  bare_ops_ = 0;
  // A fresh tensor: the old one may still be held by nodes of the last step.
  counter_ = Tensor(counter_.spec());
  *counter_.mutable_data<std::int64_t>() = step_;
}
std::uint64_t TrainingScope::next_bare_op() {
  return counted([this] { return bare_ops_++; });
}
TrainingScope* training_scope() { return innermost; }

InferenceScope::InferenceScope() : training_(std::exchange(innermost, nullptr)) {}
InferenceScope::~InferenceScope() { innermost = training_; }

Modes::Modes() : precision_(product_precision()) {
  if (innermost == nullptr) return;
  step_ = innermost->step();
  seed_ = innermost->seed();
  counter_ = innermost->counter();
}

ModesScope::ModesScope(const Modes& modes) : precision_(modes.precision_), outer_(innermost) {
  if (modes.training())
    training_.emplace(modes);
  else
    innermost = nullptr;
}
ModesScope::~ModesScope() {
  training_.reset();
  innermost = outer_;
}

// Building calls the model once: never as training, so that no statistics or random counters move.
BuildScope::BuildScope() : before_(std::exchange(settling, true)), training_(std::exchange(innermost, nullptr)) {}
BuildScope::~BuildScope() {
  settling = before_;
  innermost = training_;
}
bool building() { return settling; }

}  // namespace percept
