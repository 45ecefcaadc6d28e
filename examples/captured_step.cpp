// captured_step.cpp - a training step captured as one plan: the same bits as step by step, without the work between
// the kernels. The loop below runs both ways and compares weights and time.
#include <percept/percept.h>
#include <chrono>
#include <cstdio>

using namespace percept;

struct Model {
  Linear first{{.in_features = 2, .out_features = 32}};
  Dropout dropout{{.rate = 0.1}};
  Linear second{{.in_features = 32, .out_features = 32}};
  Linear output{{.in_features = 32, .out_features = 3}};
  Tensor operator()(const Tensor& x) const {  // [B, 2] -> [B, 3]
    return output(tanh(second(dropout(tanh(first(x))))));
  }
};

struct Result {
  std::string weights;
  double loss = 0, microseconds = 0;
};

Result train(bool captured, const Dataset& data) {
  seed(4);
  Model model;
  Adam optimizer{{.learning_rate = 0.02}};

  const auto step = [&](const Tensor& x, const Tensor& y) {
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    optimizer.step(parameters(model));
    return loss;
  };
  auto planned = capture(step);  // nothing runs yet: the first call makes the plan

  Result result;
  std::int64_t steps = 0;
  DataLoader loader(data, {.batch_size = 64, .shuffle = true, .seed = 4});
  const TrainingScope training;
  for (int epoch = 0; epoch < 10; ++epoch)
    for (const Batch& batch : loader) {  // the last batch is smaller: it gets a plan of its own
      const auto begin = std::chrono::steady_clock::now();
      const Tensor loss = captured ? planned(batch.x, batch.y) : step(batch.x, batch.y);
      result.microseconds +=
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
      result.loss = loss.item();
      ++steps;
    }
  result.weights = weights_sha256(model);
  result.microseconds /= static_cast<double>(steps);
  if (captured)
    std::printf("%d plans; the last one keeps its values in %zu bytes\n", static_cast<int>(planned.plans().size()),
                planned.plans().memory().arena);
  return result;
}

int main() {
  const Dataset data = spirals({.points = 1500, .arms = 3, .turns = 1, .noise = 0.02});
  const Result eager = train(false, data), captured = train(true, data);
  std::printf("eager    %6.1f us a step, loss %.6f, weights %.12s\n", eager.microseconds, eager.loss,
              eager.weights.c_str());
  std::printf("captured %6.1f us a step, loss %.6f, weights %.12s\n", captured.microseconds, captured.loss,
              captured.weights.c_str());
  return eager.weights == captured.weights ? 0 : 1;
}
