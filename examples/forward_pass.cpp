// forward_pass.cpp - one forward pass worked out by hand: a net of 3 inputs, 3 hidden and 2 output units, and softmax.
#include <percept/percept.h>
#include <cstdio>

using namespace percept;

bool near(double a, double b) { return a > b - 0.005 && a < b + 0.005; }

// Prints two digits after the point; whether they are the wanted ones.
bool show(const char* name, const Tensor& given, const std::vector<double>& wanted) {
  bool good = true;
  std::printf("%-7s", name);
  const auto values = given.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf(" %.2f", values[i]);
    good = good && near(values[i], wanted[i]);
  }
  std::printf("%s\n", good ? "" : "  WRONG");
  return good;
}

int main() {
  const Tensor x = tensor({{0.5, 0.9, -0.3}});  // [1, 3]
  // One row per unit: its weights for the three inputs. No biases.
  const Tensor hidden_weight = tensor({{1., -2., 2.}, {2., 1., -4.}, {1., -1., 0.}});
  const Tensor output_weight = tensor({{-3., 1., -3.}, {0., 1., 2.}});

  // 0.5 * 1 - 0.9 * 2 - 0.3 * 2 = -1.9; 1 + 0.9 + 1.2 = 3.1; 0.5 - 0.9 = -0.4
  const Tensor sums = linear(x, hidden_weight);
  bool good = show("sums", sums, {-1.9, 3.1, -0.4});
  const Tensor hidden = sigmoid(sums);
  good &= show("hidden", hidden, {0.13, 0.96, 0.40});
  good &= show("output", sigmoid(linear(hidden, output_weight)), {0.35, 0.85});

  // The same as a model of layers.
  Sequential model{Linear{{.in_features = 3, .out_features = 3, .bias = false}}, Sigmoid{},
                   Linear{{.in_features = 3, .out_features = 2, .bias = false}}, Sigmoid{}};
  const std::vector<State*> weights = parameters(model);
  assign(*weights[0], hidden_weight);
  assign(*weights[1], output_weight);
  good &= show("model", model(x), {0.35, 0.85});

  // Scores become probabilities: exp(4.8), exp(-2.6), exp(2.9), divided by their sum.
  good &= show("softmax", softmax(tensor({4.8, -2.6, 2.9})), {0.87, 0.00, 0.13});
  return good ? 0 : 1;
}
