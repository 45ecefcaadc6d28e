// check_gradients.cpp - gradients against central differences.
#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// f at the inputs with one element of one of them moved.
double value_at(const Function& f, const std::vector<Tensor>& inputs, std::size_t which, std::int64_t element,
                double delta) {
  NoGrad off;
  std::vector<Tensor> moved = inputs;
  moved[which] = contiguous(copy(inputs[which]));
  moved[which].mutable_data<double>()[element] += delta;
  return f(moved).item();
}

}  // namespace

GradientCheck check_gradients(const Function& f, const std::vector<Tensor>& inputs, double eps) {
  for (const Tensor& input : inputs)
    if (input.dtype() != DType::f64 && is_floating(input.dtype()))
      throw DTypeError("check_gradients: an input is " + std::string(name_of(input.dtype())),
                       "central differences need f64: cast the inputs");
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) leaves.push_back(is_floating(input.dtype()) ? variable(input) : input);
  const std::vector<Tensor> analytic = gradients(f(leaves), leaves);
  GradientCheck result;
  for (std::size_t which = 0; which < inputs.size(); ++which) {
    if (!is_floating(inputs[which].dtype())) continue;
    const std::vector<double> a = analytic[which].to_vector<double>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto element = static_cast<std::int64_t>(i);
      const double n =
          (value_at(f, inputs, which, element, eps) - value_at(f, inputs, which, element, -eps)) / (2 * eps);
      const double error = std::abs(a[i] - n) / std::max({1.0, std::abs(a[i]), std::abs(n)});
      if (!(error <= result.worst)) {  // a NaN counts as worst
        result.worst = std::isnan(error) ? HUGE_VAL : error;
        result.where = "input " + std::to_string(which) + ", element " + std::to_string(i) + ": " +
                       std::to_string(a[i]) + " analytic, " + std::to_string(n) + " by differences";
      }
    }
  }
  return result;
}

}  // namespace percept
