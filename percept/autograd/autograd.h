// autograd.h - gradients: one walk over recorded nodes, calling ops.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "percept/core/mode.h"
#include "percept/core/tensor.h"

namespace percept {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

// A tensor like x whose gradients can be asked for: the leaf of a new record.
Tensor variable(const Tensor& x);

// d(output)/d(inputs[i]); output must hold one element. An input that output does not depend on gets zeros.
// create_graph: record the walk itself, so that the gradients can be differentiated again.
std::vector<Tensor> gradients(const Tensor& output, const std::vector<Tensor>& inputs, bool create_graph = false);

class StateImpl;
// What backward() does at each state that it reaches.
void add_gradient(StateImpl& state, const Tensor& grad);

// grad(f)(x...): the gradients of a function of tensors that returns one element. Nests for higher orders.
std::function<std::vector<Tensor>(const std::vector<Tensor>&)> grad(Function f);
struct ValueAndGrad {
  Tensor value;
  std::vector<Tensor> grads;
};
std::function<ValueAndGrad(const std::vector<Tensor>&)> value_and_grad(Function f);

// Compares gradients with central differences in f64: |a - n| / max(1, |a|, |n|), eps 1e-5.
struct GradientCheck {
  double worst = 0;   // the largest error met
  std::string where;  // input and element of it
};
GradientCheck check_gradients(const Function& f, const std::vector<Tensor>& inputs, double eps = 1e-5);

}  // namespace percept
