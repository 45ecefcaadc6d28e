// reference_pointwise.h - the plain interpreter of pointwise programs: one element at a time, the judge.
#pragma once
#include <vector>

#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept {

Stage reference_pointwise(PointwiseProgram program, std::vector<Spec> inputs, std::vector<Spec> results);

}  // namespace percept
