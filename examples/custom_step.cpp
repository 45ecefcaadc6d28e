// custom_step.cpp - the trainer with a step of one's own: an L2 penalty added to the loss, and frozen layers.
#include <percept/percept.h>
#include <iostream>

using namespace percept;

int main() {
  seed(3);
  // Two classes of points: inside and outside a circle.
  const Tensor x = uniform({512, 2}, -1, 1);
  const Tensor y = cast(sum(square(x), {.axes = {1}}) < 0.6, DType::i64);
  Sequential model{Linear{{.out_features = 32}}, ReLU{}, Linear{{.out_features = 32}}, ReLU{},
                   Linear{{.out_features = 2}}};
  const Dataset data = TensorDataset(x, y, {"outside", "inside"});
  build(model, data.sample_shape());
  std::cout << summary(model, data.sample_shape());

  Trainer trainer(model, {.optimizer = Adam{{.learning_rate = 1e-2}}, .epochs = 15, .metrics = {accuracy()}});
  trainer.step = [&](const Batch& batch) -> StepResult {
    const Tensor logits = model(batch.x);
    Tensor penalty = full({}, 0);
    for (State* p : parameters(model)) penalty = penalty + sum(square(*p));
    return {cross_entropy(logits, batch.y) + 1e-5 * penalty, logits};
  };
  const History history = trainer.run(DataLoader(data, {.batch_size = 32, .shuffle = true}));
  std::cout << "accuracy " << history.last("accuracy") << "\n";
  return history.last("accuracy") > 0.95 ? 0 : 1;
}
