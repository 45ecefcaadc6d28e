// second_derivative.cpp - gradients of gradients: sin'' = -sin, and Newton's method on a quartic.
#include <percept/percept.h>
#include <cmath>
#include <iostream>

using namespace percept;

int main() {
  const Function sine = [](const std::vector<Tensor>& x) { return sum(sin(x[0])); };
  const Function slope = [&](const std::vector<Tensor>& x) { return sum(grad(sine)(x)[0]); };
  const Tensor x = tensor({0.5, 1.0, 2.0}, DType::f64);
  const Tensor second = grad(slope)({x})[0];
  std::cout << "sin'' " << str(second) << "\n";
  double worst = max(abs(second + sin(x))).item();

  // The minimum of (t - 2)^4 + t^2 by Newton's method, derivatives by grad.
  const Function f = [](const std::vector<Tensor>& t) { return square(square(t[0] - 2)) + square(t[0]); };
  const Function df = [&](const std::vector<Tensor>& t) { return grad(f)(t)[0]; };
  Tensor t = full({}, 0, DType::f64);
  for (int i = 0; i < 20; ++i) t = t - df({t}) / grad(df)({t})[0];
  std::cout << "minimum at " << t.item() << ", slope " << df({t}).item() << "\n";
  worst = std::max(worst, std::abs(df({t}).item()));
  return worst < 1e-9 ? 0 : 1;
}
