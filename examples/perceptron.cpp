// perceptron.cpp - gates as perceptrons: set by hand, learned by the perceptron rule, and XNOR, which takes two layers.
#include <percept/percept.h>
#include <iostream>

using namespace percept;

// A perceptron: 1 where w . x + b > 0, else 0.
struct Perceptron {
  Tensor w;
  double b = 0;
  Tensor operator()(const Tensor& x) const { return cast(matmul(x, w) + b > 0, DType::f32); }  // [B, N] -> [B]
};

const Tensor kInputs = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});

bool same(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item() == 0; }

bool show(const std::string& name, const Tensor& given, const Tensor& wanted) {
  std::cout << name << " " << str(given) << (same(given, wanted) ? "" : "  WRONG") << "\n";
  return same(given, wanted);
}

// The perceptron rule (Rosenblatt 1958): w += (y - output) x, b += y - output, one sample at a time, until a whole
// round brings no mistake. Returns the rounds; -1 when 100 were not enough.
int learn(Perceptron& unit, const Tensor& y) {
  for (int round = 1; round <= 100; ++round) {
    int mistakes = 0;
    for (std::int64_t i = 0; i < 4; ++i) {
      const double error = (y[i] - unit(unsqueeze(kInputs[i], 0))[0]).item();
      if (error == 0) continue;
      ++mistakes;
      unit.w += error * kInputs[i];
      unit.b += error;
    }
    if (mistakes == 0) return round;
  }
  return -1;
}

int main() {
  const Tensor y_or = tensor({0., 1., 1., 1.}), y_and = tensor({0., 0., 0., 1.}), y_nor = tensor({1., 0., 0., 0.}),
               y_xnor = tensor({1., 0., 0., 1.});
  bool good = true;

  std::cout << "set by hand\n";
  const Perceptron not_gate{tensor({-1.}), 0.5}, or_gate{tensor({1., 1.}), -0.5}, and_gate{tensor({1., 1.}), -1.5},
      nor_gate{tensor({-1., -1.}), 0.5};
  good &= show("NOT ", not_gate(tensor({{0.}, {1.}})), tensor({1., 0.}));
  good &= show("OR  ", or_gate(kInputs), y_or);
  good &= show("AND ", and_gate(kInputs), y_and);
  good &= show("NOR ", nor_gate(kInputs), y_nor);
  // No single line parts {00, 11} from {01, 10}; the hidden layer [AND, NOR] makes them separable.
  good &= show("XNOR", or_gate(stack({and_gate(kInputs), nor_gate(kInputs)}, 1)), y_xnor);

  std::cout << "learned\n";
  struct Task {
    std::string name;
    Tensor y;
    bool separable;
  };
  for (const Task& task :
       {Task{"OR  ", y_or, true}, {"AND ", y_and, true}, {"NOR ", y_nor, true}, {"XNOR", y_xnor, false}}) {
    Perceptron unit{zeros({2})};
    const int rounds = learn(unit, task.y);
    if (rounds > 0) good &= show(task.name, unit(kInputs), task.y);
    std::cout << task.name << (rounds > 0 ? " after " + std::to_string(rounds) + " rounds" : " never: not separable")
              << "\n";
    good &= (rounds > 0) == task.separable;
  }
  return good ? 0 : 1;
}
