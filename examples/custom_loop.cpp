// custom_loop.cpp - a training loop with nothing hidden: batches, loss, gradients, clipping, learning rate, metrics,
// and the best weights kept by a validation part.
#include <percept/percept.h>
#include <cmath>
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

// Loss and accuracy over all of `data`, without dropout and without a record of gradients.
std::pair<double, double> test(const Model& model, const Dataset& data) {
  const InferenceScope inference;
  RunningMean loss;
  Accuracy accuracy;
  for (const Batch& batch : DataLoader(data, {.batch_size = 256})) {
    const Tensor logits = model(batch.x);
    loss.add(cross_entropy(logits, batch.y).item(), static_cast<double>(batch.x.size(0)));
    accuracy.update(logits, batch.y);
  }
  return {loss.result(), accuracy.result()};
}

int main() {
  seed(4);
  const auto [train, validation] =
      split_validation(spirals({.points = 1500, .arms = 3, .turns = 1, .noise = 0.02}), 0.2);
  Model model, best = model;
  const std::vector<State*> weights = parameters(model);
  Adam optimizer{{.learning_rate = 0.02}};
  DataLoader loader(train, {.batch_size = 64, .shuffle = true, .seed = 4});
  double best_accuracy = 0;

  TrainingScope training;
  for (int epoch = 1; epoch <= 30; ++epoch) {
    optimizer.set_learning_rate(0.02 * 0.5 * (1 + std::cos(3.14159 * (epoch - 1) / 30)));
    RunningMean loss;
    Accuracy accuracy;
    double longest = 0;
    for (const Batch& batch : loader) {
      const Tensor logits = model(batch.x), value = cross_entropy(logits, batch.y);
      value.backward();
      longest = std::max(longest, clip_grad_norm(weights, 1));
      optimizer.step(weights);
      loss.add(value.item(), static_cast<double>(batch.x.size(0)));
      accuracy.update(logits, batch.y);
    }
    const auto [val_loss, val_accuracy] = test(model, validation);
    if (val_accuracy > best_accuracy) {
      best_accuracy = val_accuracy;
      copy_states(model, best);
    }
    if (epoch % 5 == 0)
      std::printf("epoch %2d: loss %.4f accuracy %.4f, validation %.4f %.4f, longest gradient %.2f\n", epoch,
                  loss.result(), accuracy.result(), val_loss, val_accuracy, longest);
  }
  std::printf("best validation accuracy %.4f\n", test(best, validation).second);
  return best_accuracy > 0.97 && test(best, validation).second == best_accuracy ? 0 : 1;
}
