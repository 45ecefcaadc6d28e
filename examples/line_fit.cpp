// line_fit.cpp - y = m x + b through two points: the error of a guess, and gradient descent to the exact line.
#include <percept/percept.h>
#include <cmath>
#include <cstdio>

using namespace percept;

int main() {
  const Tensor x = tensor({1., 2.}, DType::f64), y = tensor({3., 5.}, DType::f64);
  Parameter m, b;
  assign(m, tensor(-1., DType::f64));
  assign(b, tensor(5., DType::f64));
  const auto line = [&](const Tensor& at) { return m * at + b; };

  // The guess gives 4 and 3 where 3 and 5 are wanted: errors 1 and -2, (1 + 4) / 2.
  const double mse = mse_loss(line(x), y).item();
  std::printf("m = -1, b = 5: MSE %.1f, RMSE %.1f\n", mse, std::sqrt(mse));

  SGD optimizer{{.learning_rate = 0.1}};
  for (TrainingScope training; training.step() < 2000;) {
    const Tensor loss = mse_loss(line(x), y);
    if (training.step() % 400 == 0)
      std::printf("step %4d: m = %8.5f, b = %8.5f, MSE %.2e\n", static_cast<int>(training.step()), m.tensor().item(),
                  b.tensor().item(), loss.item());
    loss.backward();
    optimizer.step({&m, &b});
  }
  const double slope = m.tensor().item(), offset = b.tensor().item();
  std::printf("m = %.6f, b = %.6f\n", slope, offset);
  return mse == 2.5 && std::abs(slope - 2) < 1e-9 && std::abs(offset - 1) < 1e-9 ? 0 : 1;
}
