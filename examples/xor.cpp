// xor.cpp - the smallest network that needs a hidden layer, with a training loop written by hand.
#include <percept/percept.h>
#include <cmath>
#include <iostream>

using namespace percept;

struct Xor {
  Linear hidden{{.in_features = 2, .out_features = 8}};
  Linear output{{.in_features = 8, .out_features = 1}};
  Tensor operator()(const Tensor& x) const { return output(tanh(hidden(x))); }  // [B, 2] -> [B, 1]
};

int main() {
  seed(1);
  Xor model;
  const Tensor x = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const Tensor y = tensor({{0.}, {1.}, {1.}, {0.}});
  Adam optimizer{{.learning_rate = 0.05}};
  Tensor loss;
  for (TrainingScope training; training.step() < 300;) {
    loss = mse_loss(model(x), y);
    loss.backward();
    optimizer.step(parameters(model));  // applies the gradients and clears them
  }
  const NoGrad off;
  std::cout << "loss " << loss.item() << "\n" << str(model(x)) << "\n";
  return loss.item() < 1e-3 ? 0 : 1;
}
