// mode.h - modes are scopes: recording of gradients, training or inference, and settling of sizes.
#pragma once
#include <cstdint>
#include <optional>

#include "percept/core/precision.h"
#include "percept/core/tensor.h"

namespace percept {

// Inside, nothing is recorded for gradients.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};
bool grad_enabled();

// Inside, recording is on again: `grad` works within NoGrad too.
class WithGrad {
 public:
  WithGrad();
  ~WithGrad();
  WithGrad(const WithGrad&) = delete;
  WithGrad& operator=(const WithGrad&) = delete;

 private:
  bool before_;
};

// Inside, layers behave as in training (dropout drops, batch statistics are taken) and optimizers may step.
// It carries what randomness counts by: the step, advanced by each optimizer step, and the place of a bare random op
// within the step. Scopes nest; the innermost counts.
class TrainingScope {
 public:
  explicit TrainingScope(std::int64_t first_step = 0, std::uint64_t seed = 0);
  ~TrainingScope();
  explicit TrainingScope(const class Modes& modes);  // for ModesScope
  TrainingScope(const TrainingScope&) = delete;
  TrainingScope& operator=(const TrainingScope&) = delete;

  std::int64_t step() const { return step_; }
  void next_step();
  const Tensor& counter() const { return counter_; }  // the step as an i64 tensor of rank 0: what random ops take
  std::uint64_t next_bare_op();
  std::uint64_t seed() const { return seed_; }

 private:
  std::int64_t step_;
  std::uint64_t seed_;
  std::uint64_t bare_ops_ = 0;
  Tensor counter_;
  TrainingScope* outer_;
};
// The innermost scope of this thread, or null: inference.
TrainingScope* training_scope();
inline bool training() { return training_scope() != nullptr; }

// Inside, no training: nothing is recorded, dropout is the identity and running statistics stay, also where a
// TrainingScope is open outside. For evaluating in the middle of a training.
class InferenceScope {
 public:
  InferenceScope();
  ~InferenceScope();
  InferenceScope(const InferenceScope&) = delete;
  InferenceScope& operator=(const InferenceScope&) = delete;

 private:
  NoGrad no_grad_;
  TrainingScope* training_;
};

// Training or inference, and the precision, as they are at a moment: for what is computed again later.
class Modes {
 public:
  Modes();  // of now
  bool training() const { return counter_.defined(); }

 private:
  friend class TrainingScope;
  friend class ModesScope;
  std::int64_t step_ = 0;
  std::uint64_t seed_ = 0;
  Tensor counter_;
  ProductPrecision precision_;
};

// Inside, it is that moment again, and gradients are recorded.
class ModesScope {
 public:
  explicit ModesScope(const Modes& modes);
  ~ModesScope();
  ModesScope(const ModesScope&) = delete;
  ModesScope& operator=(const ModesScope&) = delete;

 private:
  WithGrad with_grad_;
  PrecisionScope precision_;
  TrainingScope* outer_;
  std::optional<TrainingScope> training_;
};

// Inside (opened by `build`), a layer that is called with sizes left open settles them from its input.
class BuildScope {
 public:
  BuildScope();
  ~BuildScope();
  BuildScope(const BuildScope&) = delete;
  BuildScope& operator=(const BuildScope&) = delete;

 private:
  bool before_;
  TrainingScope* training_;
};
bool building();

}  // namespace percept
