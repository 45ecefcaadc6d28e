// check_op.cpp - running an op's samples through its kernels.
#include "percept/ops/check_op.h"

#include <algorithm>

#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

std::vector<Tensor> inputs_of(const Sample& sample, DType dtype) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const SampleInput& input = sample.inputs[i];
    const DType wanted = input.dtype == DType::f64 ? dtype : input.dtype;
    if (!input.values.empty())
      inputs.push_back(cast(from_vector(input.values, input.shape), wanted));
    else if (is_floating(wanted))
      inputs.push_back(uniform(input.shape, input.low, input.high, {17, i}, wanted));
    else
      inputs.push_back(zeros(input.shape, wanted));  // a valid index everywhere
  }
  return inputs;
}

void note_kernel(OpCheck& check, const Op& op, const Sample& sample, const std::vector<Tensor>& inputs) {
  auto note = [&](std::string name) {
    if (std::find(check.kernels.begin(), check.kernels.end(), name) == check.kernels.end())
      check.kernels.push_back(std::move(name));
  };
  if (op.compose) return note("composed");
  if (op.op_class == OpClass::view) return note("view");
  std::vector<Spec> specs;
  for (const Tensor& input : inputs) specs.push_back(input.spec());
  const std::vector<Spec> results = op.infer(sample.attrs, specs);
  note(std::string(prepare(op, sample.attrs, specs, results)->kernel));
}

}  // namespace

OpCheck check_kernels(const Op& op) {
  OpCheck check;
  const KernelChoice before = kernel_choice();
  for (const Sample& sample : op.samples ? op.samples() : std::vector<Sample>{}) {
    if (!sample.error.empty()) continue;
    for (DType dtype : {DType::f32, DType::f64}) {
      try {
        const auto inputs = inputs_of(sample, dtype);
        note_kernel(check, op, sample, inputs);
        set_kernel_choice(KernelChoice::check);
        apply(op, sample.attrs, inputs, {});
      } catch (const Error& error) {
        check.failures.push_back(std::string(name_of(dtype)) + ": " + error.problem());
      }
      set_kernel_choice(before);
      ++check.cases;
    }
  }
  return check;
}

OpCheck kernels_serving(const Op& op) {
  OpCheck check;
  for (const Sample& sample : op.samples ? op.samples() : std::vector<Sample>{}) {
    if (!sample.error.empty()) continue;
    note_kernel(check, op, sample, inputs_of(sample, DType::f32));
    ++check.cases;
  }
  return check;
}

}  // namespace percept
