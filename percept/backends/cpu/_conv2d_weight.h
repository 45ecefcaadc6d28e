// _conv2d_weight.h - the gradient of a convolution's weight, kept apart from the two that run over pixels.
#pragma once
#include <optional>

#include "percept/ops/conv/conv2d.h"

namespace percept::cpu {

std::optional<Prepared> prepare_weight_grad(const Attrs& attrs, Specs inputs, Specs results,
                                            const PointwiseProgram& epilogue);

}  // namespace percept::cpu
