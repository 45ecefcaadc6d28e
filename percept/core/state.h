// state.h - the one mutable value: parameters, buffers and optimizer slots are States.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "percept/core/rng.h"
#include "percept/core/tensor.h"

namespace percept {

class StateImpl;

// Where gradients end: a state, or (state null) an input of `grad`.
struct LeafNode final : NodeBase {
  explicit LeafNode(StateImpl* owner) : state(owner) { is_leaf = true; }
  StateImpl* state;  // null once the state is gone
};

// How an unbuilt parameter gets its first values: a function of its shape and its random key.
using Initializer = std::function<Tensor(const Shape& shape, RandomKey key)>;

class StateImpl final : public RefCounted {
 public:
  explicit StateImpl(bool trains);
  ~StateImpl() override { leaf->state = nullptr; }

  const std::uint64_t id;  // unique in the process; optimizer slots are keyed by it
  Tensor value;            // undefined while unbuilt
  bool trainable;
  Tensor grad;                 // what backward() has added up; undefined when there is none
  std::int64_t grad_step = 0;  // the TrainingScope's step when the first gradient of the sum arrived
  bool told_unused = false;    // whether the log has said that no optimizer takes its gradients
  Initializer initializer;     // used once, by settle()
  RandomKey key;               // the stream taken in program order at construction
  std::string path;            // "features.0.weight", written by the last walk over its model; for messages
  Ref<LeafNode> leaf;
};

// A handle that owns its values: copying a built state copies them, copying an unbuilt one takes a fresh random
// stream, moving keeps both; `tie` makes two states one.
class State {
 public:
  explicit State(bool trainable);
  State(const State& other);
  State(State&&) noexcept = default;
  State& operator=(const State& other);
  State& operator=(State&&) noexcept = default;

  bool built() const { return impl_->value.defined(); }
  // The current value; carries the record that lets gradients reach this state while it is trainable.
  Tensor tensor() const;
  operator Tensor() const { return tensor(); }
  const Shape& shape() const { return impl_->value.shape(); }
  int rank() const { return impl_->value.rank(); }
  std::int64_t size(int axis) const { return impl_->value.size(axis); }  // negative axes count from the end
  DType dtype() const { return impl_->value.dtype(); }
  std::int64_t numel() const { return impl_->value.numel(); }
  // d(loss)/d(this), added up since the last optimizer step; undefined when there is none.
  const Tensor& grad() const { return impl_->grad; }
  bool trainable() const { return impl_->trainable; }
  void set_trainable(bool value) { impl_->trainable = value; }
  std::uint64_t id() const { return impl_->id; }
  const std::string& path() const { return impl_->path; }

  // Gives an unbuilt state its shape and first values. No effect on a built one of the same shape.
  void settle(const Shape& shape);
  StateImpl& impl() const { return *impl_; }
  friend void tie(State& a, const State& b) { a.impl_ = b.impl_; }

 private:
  Ref<StateImpl> impl_;
};

// A trained state. `initializer` runs when the shape is settled.
class Parameter : public State {
 public:
  Parameter() : State(true) {}
  explicit Parameter(Initializer initializer);
  Parameter(const Shape& shape, Initializer initializer) : Parameter(std::move(initializer)) { settle(shape); }
};

// A state that is saved but not trained: running statistics, optimizer slots.
class Buffer : public State {
 public:
  Buffer() : State(false) {}
  explicit Buffer(Tensor value);
  explicit Buffer(Initializer initializer);
};

// Replaces a state's value. ShapeError / DTypeError unless shape and dtype are the state's own (any, while unbuilt).
void assign(State& state, const Tensor& value);
// Replaces the gradient, or clears it; for what changes gradients before a step.
void set_grad(State& state, Tensor grad);

}  // namespace percept
