// recorder.h - runs a function once with symbols and keeps what it does. For capture.cpp and tests.
#pragma once
#include <functional>
#include <vector>

#include "percept/graph/graph.h"

namespace percept {

using TensorFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

// The graph of `function` for arguments of these specs, in the modes of this thread (training, gradients).
// ValueError, naming the caller's line, where the function reads a value or reaches a tensor made outside.
Graph record(const TensorFunction& function, const std::vector<Spec>& arguments);

}  // namespace percept
