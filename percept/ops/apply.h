// apply.h - the one door to ops, and the one function that runs a kernel.
#pragma once
#include <concepts>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "percept/ops/op.h"

namespace percept {

// The inputs of one call, written {a, b}: tensors move in, where a list of the language would copy them.
struct Inputs : std::vector<Tensor> {
  template <class... T>
    requires(std::convertible_to<T &&, Tensor> && ...)
  Inputs(T&&... tensors) {
    reserve(sizeof...(tensors));
    (emplace_back(std::forward<T>(tensors)), ...);
  }
  Inputs(std::vector<Tensor> tensors) : std::vector<Tensor>(std::move(tensors)) {}
};

// Infers, finds the kernel, runs it, and records a node if a gradient needs it.
std::vector<Tensor> apply(const Op& op, const Attrs& attrs, Inputs inputs, CallSite site);

// For ops of class update: the leading results replace the values of `states` (in their own memory where nobody else
// holds it). `inputs` are the remaining ones. Nothing is recorded; nor done in a function that runs again.
void apply_update(const Op& op, const Attrs& attrs, std::span<State* const> states, std::vector<Tensor> inputs,
                  CallSite site);

// One prepared call: what eager execution makes and runs at once, and a plan keeps.
struct Step {
  std::shared_ptr<const Prepared> prepared;
  const Op* op = nullptr;
  std::vector<Tensor> inputs, results;
  CallSite site;
};
// The only function that executes a kernel: pieces, check mode, and value errors are here.
void run_step(const Step& step, const Attrs& attrs);

// The kernel that serves a call, prepared; from a bounded cache. DeviceError when no kernel takes it.
std::shared_ptr<const Prepared> prepare(const Op& op, const Attrs& attrs, Specs inputs, Specs results);
// The reference kernel of an op, prepared.
Prepared prepare_reference(const Op& op, const Attrs& attrs, Specs inputs, Specs results);

// PERCEPT_KERNELS=reference|check of the environment, or what a test set.
enum class KernelChoice { best, reference, check };
KernelChoice kernel_choice();
void set_kernel_choice(KernelChoice choice);

// Infers with the refusals' texts completed by the caller's line and the layer's path.
std::vector<Spec> infer(const Op& op, const Attrs& attrs, Specs inputs, CallSite site);

// --- what op files use ---
template <class T>
std::vector<Tensor> apply_all(typename T::Attrs attrs, Inputs inputs, CallSite site) {
  return apply(op_of<T>(), Attrs::of(std::move(attrs)), std::move(inputs), site);
}
template <class T>
Tensor apply_one(typename T::Attrs attrs, Inputs inputs, CallSite site) {
  return std::move(apply_all<T>(std::move(attrs), std::move(inputs), site)[0]);
}

}  // namespace percept
