// _fit_test.h - the small problem that tests of training share.
#pragma once
#include <vector>

#include "percept/metrics/accuracy.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/train/fit.h"

namespace percept::fit_test {

// Points of the plane; the class is the quadrant: x > 0, y > 0.
inline TensorDataset quadrants(std::int64_t count) {
  const Tensor x = uniform({count, 2}, -1, 1, RandomKey{5, 6});
  const std::vector<float> points = x.to_vector<float>();
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < points.size(); i += 2) labels.push_back((points[i] > 0) + 2 * (points[i + 1] > 0));
  return TensorDataset(x, from_vector(labels, {count}));
}

inline Sequential small_model(double rate = 0) {
  seed(1);
  return Sequential{Linear{{.out_features = 16}}, ReLU{}, Dropout{{.rate = rate}}, Linear{{.out_features = 4}}};
}

inline FitOptions usual() {
  return {.loss = CrossEntropyLoss{}, .optimizer = SGD{{.learning_rate = 0.5}}, .metrics = {accuracy()}};
}

inline std::vector<float> weights(const Sequential& model) {
  std::vector<float> all;
  for (const NamedState& named : states(model))
    for (const float value : named.state->tensor().to_vector<float>()) all.push_back(value);
  return all;
}

}  // namespace percept::fit_test
