// trace.cpp - the thread's capture, and tensors without memory.
#include "percept/core/trace.h"

#include <utility>

#include "percept/base/checked.h"
#include "percept/core/factories.h"
#include "percept/core/recomputation.h"

namespace percept {
namespace {
thread_local Trace* current = nullptr;
thread_local bool observed = false;
char no_memory;  // its address marks the storage of symbols
}  // namespace

Trace* trace() { return current; }
TraceScope::TraceScope(Trace* trace) : before_(std::exchange(current, trace)) {}
TraceScope::~TraceScope() { current = before_; }

bool calls_are_observed() { return observed; }
void set_calls_observed(bool now) { observed = now; }

void refuse_while_capturing(const char* what, const char* fix) {
  if (current != nullptr)
    throw ValueError(std::string("capture: ") + what + " would happen once, and not at each run", fix);
}

Tensor make_symbol(Spec spec) {
  spec.offset = 0;
  const std::size_t bytes = checked_bytes(checked_numel(spec.shape), size_of(spec.dtype));
  return Tensor(make_ref<Storage>(spec.device, &no_memory, bytes, std::function<void()>()), std::move(spec));
}

bool is_symbol(const Tensor& tensor) { return tensor.defined() && tensor.storage()->address() == &no_memory; }

Tensor host_number(DType dtype, std::function<double()> number) {
  return found(
      [&] { return current != nullptr ? current->host_number(dtype, std::move(number)) : full({}, number(), dtype); });
}

void host_action(std::function<void()> action) {
  if (running_again()) return;
  if (current != nullptr)
    current->host_action(std::move(action));
  else
    action();
}

void host_check(const Tensor& number, std::function<void(double)> check) {
  if (running_again()) return;
  if (current != nullptr)
    current->host_check(number, std::move(check));
  else
    check(number.item());
}

void differs_next_time() {
  if (current != nullptr) current->once();
}

Tensor constant(const Tensor& x) {
  if (current != nullptr && x.defined() && !is_symbol(x)) current->allow(x);
  return x;
}

}  // namespace percept
