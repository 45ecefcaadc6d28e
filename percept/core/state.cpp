// state.cpp - copying, settling and assigning states.
#include "percept/core/state.h"

#include <atomic>
#include <cstring>

#include "percept/base/error.h"
#include "percept/core/mode.h"
#include "percept/core/recomputation.h"
#include "percept/core/trace.h"

namespace percept {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

// The same bytes in fresh storage. Only whole, dense tensors are ever a state's value.
Tensor duplicate(const Tensor& value) {
  if (is_symbol(value)) return make_symbol(value.spec());
  Tensor copy(value.spec());
  std::memcpy(copy.raw_data(), value.raw_data(), static_cast<std::size_t>(value.numel()) * size_of(value.dtype()));
  return copy;
}

// The values in memory that nobody else holds: large weights need not be there twice.
Tensor owned(Tensor value) {
  const bool alone = !is_symbol(value) && value.storage()->ref_count() == 1 && !value.storage()->borrowed() &&
                     value.spec() == contiguous_spec(value.dtype(), value.shape());
  return alone ? value.detach() : duplicate(value);
}

std::string named(const StateImpl& impl) { return impl.path.empty() ? "state" : impl.path; }

}  // namespace

StateImpl::StateImpl(bool trains) : id(next_id()), trainable(trains), leaf(make_ref<LeafNode>(this)) {}

State::State(bool trainable) : impl_(make_ref<StateImpl>(trainable)) {}

State::State(const State& other) : State(other.impl_->trainable) {
  const StateImpl& from = *other.impl_;
  impl_->initializer = from.initializer;
  impl_->path = from.path;
  impl_->key = from.key;
  if (other.built())
    impl_->value = duplicate(from.value);
  else if (from.initializer)
    impl_->key = next_key();  // six copies of a block start differently
}

State& State::operator=(const State& other) {
  if (this != &other) *this = State(other);
  return *this;
}

Tensor State::tensor() const {
  Tensor value = impl_->value;
  if (!value.defined())
    throw ShapeError(named(*impl_) + " is not built: its sizes are not known yet",
                     "call build(model, input_shape) first, or give all sizes in the layer's options");
  return found([&] {
    if (trace() != nullptr) value = trace()->read(*impl_);
    if (impl_->trainable && grad_enabled()) value.set_node(impl_->leaf, 0);
    return value;
  });
}

void State::settle(const Shape& shape) {
  if (built()) {
    if (this->shape() == shape) return;
    throw ShapeError(named(*impl_) + " has shape " + str(this->shape()) + ", the input asks for " + str(shape),
                     "build the model once, with the shape it will be used with");
  }
  if (!impl_->initializer)
    throw ValueError(named(*impl_) + " has no initializer", "construct the Parameter with one, or assign a value");
  if (trace() != nullptr) impl_->value = trace()->first_value(*impl_, shape);
  if (!impl_->value.defined()) impl_->value = owned(impl_->initializer(shape, impl_->key));
}

Parameter::Parameter(Initializer initializer) : State(true) {
  impl().initializer = std::move(initializer);
  impl().key = next_key();
}

Buffer::Buffer(Tensor value) : State(false) { impl().value = value.detach(); }

Buffer::Buffer(Initializer initializer) : State(false) { impl().initializer = std::move(initializer); }

void assign(State& state, const Tensor& value) {
  if (state.built() && value.shape() != state.shape())
    throw ShapeError(
        "assign: " + named(state.impl()) + " has shape " + str(state.shape()) + ", the value has " + str(value.shape()),
        "assign a value of the same shape");
  if (state.built() && value.dtype() != state.dtype())
    throw DTypeError("assign: " + named(state.impl()) + " holds " + std::string(name_of(state.dtype())) +
                         ", the value is " + std::string(name_of(value.dtype())),
                     "cast the value first");
  // A view or a repeated row would tie this state to somebody else's memory.
  if (!value.spec().is_dense() || value.spec().offset != 0)
    throw ShapeError("assign: the value of " + named(state.impl()) + " is a view", "assign copy(value)");
  if (running_again()) return;
  if (trace() != nullptr)
    trace()->write(state.impl(), value.detach());
  else
    state.impl().value = value.detach();
}

void set_grad(State& state, Tensor grad) {
  if (running_again()) return;
  if (trace() != nullptr) trace()->touches_gradient(state.impl());
  state.impl().grad = std::move(grad);
}

}  // namespace percept
