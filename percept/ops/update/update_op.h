// update_op.h - what the updates of optimizers share. An update is a pointwise program: the leading results replace the
// states of the same place. Formulas and order of operations are PyTorch's. Scalars that change from step to step are
// inputs of rank 0.
#pragma once
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {

using Lane = ProgramLane;

// Shapes and dtypes shared by all updates: states and gradient alike, then scalars of rank 0.
inline std::vector<Spec> infer_update(const char* who, Specs in, std::size_t states, std::size_t scalars) {
  for (std::size_t i = 1; i < in.size(); ++i) {
    const bool scalar = i >= in.size() - scalars;
    const Shape& wanted = scalar ? Shape{} : in[0].shape;
    if (in[i].shape != wanted)
      throw ShapeError(std::string(who) + ": input " + std::to_string(i) + " has shape " + str(in[i].shape) +
                           ", the parameter " + str(in[0].shape),
                       "states and gradient must have the parameter's shape, scalars rank 0");
    if (in[i].dtype != in[0].dtype)
      throw DTypeError(std::string(who) + ": input " + std::to_string(i) + " is " + std::string(name_of(in[i].dtype)) +
                           ", the parameter " + std::string(name_of(in[0].dtype)),
                       "cast it to the parameter's dtype");
  }
  if (!is_floating(in[0].dtype))
    throw DTypeError(std::string(who) + ": the parameter is " + std::string(name_of(in[0].dtype)),
                     "only floating parameters are trained");
  std::vector<Spec> results(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(states));
  for (Spec& spec : results) spec.offset = 0;
  return results;
}

inline PointwiseProgram start_program(Specs in) {
  PointwiseProgram program;
  for (const Spec& spec : in) program.inputs.push_back(spec.dtype);
  return program;
}

inline constexpr std::string_view kNoGradient = "it changes states; nothing is recorded";

// The gradient in the parameter's memory order, so that the update can work in place.
inline Tensor aligned(const Tensor& grad, const State& parameter) {
  return grad.strides() == parameter.impl().value.strides() ? grad : contiguous(grad);
}

}  // namespace percept
