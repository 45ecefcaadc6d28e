// check_mode.cpp - comparing a kernel with the reference.
#include "percept/ops/check_mode.h"

#include <algorithm>
#include <cmath>

#include "percept/base/text.h"

namespace percept {

// One table for the whole house; a looser bound is a visible change here. f32 sums of n terms may differ by about
// sqrt(n) roundings; 1e-4 covers the largest convolutions.
Tolerance kernel_tolerance(DType dtype) {
  switch (dtype) {
    case DType::f64:
      return {1e-12, 1e-12};
    case DType::f32:
      return {1e-4, 1e-5};
    case DType::f16:
      return {2e-3, 1e-4};
    case DType::bf16:
      return {1.6e-2, 1e-4};
    default:
      return {0, 0};
  }
}

namespace {
void compare(const Step& step, std::size_t k, const Tensor& wanted) {
  const Tensor& got = step.results[k];
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  const Tolerance tolerance = kernel_tolerance(got.dtype());
  double largest = 0;  // the scale of the whole result: cancellation makes small elements less exact
  for (double value : b) largest = std::isfinite(value) ? std::max(largest, std::abs(value)) : largest;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same =
        a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
        std::abs(a[i] - b[i]) <= tolerance.atol + tolerance.rtol * std::max(std::abs(b[i]), largest * 0.1);
    if (!same)
      throw ValueError(std::string(step.op->name) + ": kernel " + std::string(step.prepared->kernel) + " gives " +
                           number(a[i]) + " at element " + std::to_string(i) + " of result " + std::to_string(k) +
                           ", the reference " + number(b[i]),
                       "this is a bug of the kernel: PERCEPT_KERNELS=reference avoids it; please report it");
  }
}
}  // namespace

void run_checked(const Step& step, const Attrs& attrs, ValueReport& report) {
  std::vector<Spec> in, out;
  for (const Tensor& input : step.inputs) in.push_back(input.spec());
  std::vector<Tensor> wanted;
  for (const Tensor& result : step.results) {
    out.push_back(result.spec());
    wanted.emplace_back(result.spec());
  }
  for (Spec& spec : out) spec.offset = 0;
  // The reference first: an update may write its results over its inputs.
  run_prepared(prepare_reference(*step.op, attrs, in, out), step.inputs, wanted, report);
  run_prepared(*step.prepared, step.inputs, step.results, report);
  for (std::size_t k = 0; k < wanted.size(); ++k) compare(step, k, wanted[k]);
}

}  // namespace percept
