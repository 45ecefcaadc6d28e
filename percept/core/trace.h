// trace.h - what core and ops tell a capture that is at work on this thread. graph/ listens.
#pragma once
#include <functional>
#include <memory>

#include "percept/core/tensor.h"

namespace percept {

class StateImpl;

class Trace {
 public:
  virtual ~Trace() = default;
  // The first value of a state that is settled; undefined: its initializer's.
  virtual Tensor first_value(StateImpl&, const Shape&) { return {}; }
  // What stands for the state's value now, and what it is to become.
  virtual Tensor read(StateImpl& state) = 0;
  virtual void write(StateImpl& state, const Tensor& value) = 0;
  // Host code that runs in this place at each run of the captured function; its number as a tensor of rank 0.
  virtual Tensor host_number(DType dtype, std::function<double()> number) = 0;
  virtual void host_action(std::function<void()> action) = 0;
  virtual void host_check(const Tensor& number, std::function<void(double)> check) = 0;
  // Allows a tensor made outside: its value now is part of the captured function.
  virtual void allow(const Tensor& tensor) = 0;
  // The function will do something else at its next run: it is captured anew then.
  virtual void once() = 0;
  // Somebody draws from the program's generator: refused where it would be the same draw at each run.
  virtual void draws() {}
  // A gradient is replaced, cleared or added to twice: it must not be there before a run.
  virtual void touches_gradient(StateImpl&) {}
  // Host code of the function refers to an object: the function is captured anew once that is gone or replaced.
  virtual void depends_on(std::weak_ptr<const void>) {}
  // Puts back what recording has counted; the runs count it themselves.
  virtual void after_recording(std::function<void()>) {}
  // The step that the function counts by; undefined outside a TrainingScope.
  virtual Tensor counter() const { return {}; }
  // Memory handed out while capturing holds what the function itself makes.
  virtual void allocated(const void* block) = 0;
  // Somebody asks a symbol for its value: throws.
  [[noreturn]] virtual void refuse_value() const = 0;
};
// The capture of this thread; null: eager execution.
Trace* trace();

// Makes `trace` the thread's own while it lives; null suspends.
class TraceScope {
 public:
  explicit TraceScope(Trace* trace);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  Trace* before_;
};

// What tells an object from its copies and successors: copying, moving and assigning make a new one.
class ObjectToken {
 public:
  ObjectToken() = default;
  ObjectToken(const ObjectToken&) : ObjectToken() {}
  ObjectToken& operator=(const ObjectToken&) {
    token_ = std::make_shared<int>();
    return *this;
  }
  // Gone once the object is gone or replaced.
  std::weak_ptr<const void> watch() const { return token_; }
  // Tells a capture that its host code refers to the object.
  void tell() const {
    if (trace() != nullptr) trace()->depends_on(token_);
  }

 private:
  std::shared_ptr<const int> token_ = std::make_shared<int>();
};

// Whether somebody looks at the calls of layers on this thread (nn/taps.h): captured functions are then just called.
bool calls_are_observed();
void set_calls_observed(bool observed);

// ValueError while capturing: `what` would act once and not at each run.
void refuse_while_capturing(const char* what, const char* fix);

// A tensor that stands for a value to be computed later: it has a spec and an identity (its storage), and no memory.
Tensor make_symbol(Spec spec);
bool is_symbol(const Tensor& tensor);

// The number of `number()` as a tensor of rank 0, worked out now or, while capturing, at each run.
Tensor host_number(DType dtype, std::function<double()> number);
// Runs `action` now or, while capturing, at each run.
void host_action(std::function<void()> action);
// Runs `check` on the value of a tensor with one element, now or, while capturing, at each run, before anything that
// follows it in the function; what it throws ends the run there. Nothing else in a captured function sees a value.
void host_check(const Tensor& number, std::function<void(double)> check);
// Tells a capture that the next run will do something else: for what happens at a first step only.
void differs_next_time();
// x as it is now, also where it was made outside the captured function that uses it.
Tensor constant(const Tensor& x);

}  // namespace percept
