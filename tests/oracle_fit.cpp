// oracle_fit.cpp - fit against Keras's (tests/oracle/keras_fit.safetensors): weights of samples and classes,
// regularizers, constraints, averaged weights; losses per epoch and the weights at the end.
#include "oracle.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/train/callbacks/ema_weights.h"
#include "percept/train/fit.h"
#include "percept/train/regularizers.h"

namespace percept {
namespace {

using testing::expect_close;
using testing::Fixtures;

const Tensor& fixture(const std::string& name) {
  static const Fixtures all("keras_fit");
  return all.at(name);
}

struct Problem {
  LossFunction loss;
  std::string y;
  bool weights = false, validation_weights = false;
};
const Problem kLogits{CrossEntropyLoss{}, "labels"}, kSquares{MSELoss{}, "values"}, kBits{BCEWithLogitsLoss{}, "bits"};

Dataset data_of(const Problem& problem, const std::string& suffix, bool weighted) {
  const Dataset data = TensorDataset(fixture("x" + suffix), fixture(problem.y + (suffix.empty() ? "" : "_v")));
  return weighted ? data.with_weights(fixture(suffix.empty() ? "weights" : "weights_v")) : data;
}

// Epochs of three batches are run eagerly; train/fit_extras_test.cpp compares with plans to the bit.
void compare(const std::string& name, const Problem& problem, FitOptions options = {}) {
  for (const std::int64_t micro_batches : {1, 3}) {
    const std::string first = name + ".before.0.weight", last = name + ".before.1.weight";
    Sequential model{Linear{{.in_features = 5, .out_features = 4}}, Tanh{},
                     Linear{{.in_features = 4, .out_features = fixture(last).size(0)}}};
    const auto path = [&](const NamedState& named, const std::string& when) {
      return name + "." + when + "." + (named.path[0] == '0' ? "0" : "1") + named.path.substr(1);
    };
    for (const NamedState& named : states(model))
      assign(*named.state, contiguous(copy(fixture(path(named, "before")))));
    FitOptions own = options;
    own.loss = problem.loss;
    own.optimizer = SGD{{.learning_rate = 0.1}};
    own.epochs = 3;
    own.batch_size = 8;
    own.shuffle = false;
    own.micro_batches = micro_batches;
    own.validation = data_of(problem, "v", problem.validation_weights);
    const History history = fit(model, data_of(problem, "", problem.weights), own);
    for (const char* log : {"loss", "val_loss"})
      expect_close(from_vector(history.at(log), {3}), fixture(name + "." + log), name, log);
    for (const NamedState& named : states(model))
      expect_close(named.state->tensor(), fixture(path(named, "after")), name, path(named, "after"));
  }
}

TEST(KerasFit, WeightsOfClassesAndSamples) {
  compare("plain", kLogits);
  compare("class_weight", kLogits, {.class_weight = {1, 2.5, 0.25}});
  compare("class_weight_bits", kBits, {.class_weight = {0.5, 3}});
  compare("sample_weight", {CrossEntropyLoss{}, "labels", true, true});
  compare("sample_weight_mse", {MSELoss{}, "values", true});
  // The same said in other ways.
  compare("plain", {CrossEntropyLoss{{.reduction = "none"}}, "labels"});
  compare("sample_weight",
          {[](const Tensor& x, const Tensor& y) { return CrossEntropyLoss{{.reduction = "none"}}(x, y); }, "labels",
           true, true});
}

TEST(KerasFit, Regularizers) {
  compare("l1", kLogits, {.penalties = {L1{{.factor = 0.02, .parameters = "0.weight"}}, L1{{.parameters = "0.bias"}}}});
  compare("l2", kLogits, {.penalties = {L2{{.parameters = "0.weight"}}}});
  compare("l1l2", kSquares, {.penalties = {L1L2{{.l1 = 0.01, .l2 = 0.03, .parameters = "0.weight"}}}});
  compare("orthogonal", kLogits, {.penalties = {OrthogonalRegularizer{{.factor = 0.1, .parameters = "0.weight"}}}});
  // Keras's layer has its activation inside.
  compare("activity_l1", kLogits, {.penalties = {L1{{.factor = 0.01, .outputs = "1"}}}});
  compare("activity_l2", kSquares,
          {.penalties = {L2{{.factor = 0.02, .outputs = "1"}}, L2{{.factor = 0.001, .parameters = "0.weight"}}}});
  compare("l2", kLogits,
          {.penalties = {[](const ModuleRef& model) { return 0.01 * sum(square(parameters(model)[0]->tensor())); }}});
}

TEST(KerasFit, Constraints) {
  compare("max_norm", kLogits, {.constraints = {MaxNorm{{.max_value = 0.8, .parameters = "0.weight"}}}});
  compare("non_neg", kLogits, {.constraints = {NonNeg{{.parameters = {"0.weight", "0.bias"}}}}});
  compare("unit_norm", kSquares, {.constraints = {UnitNorm{{.parameters = "0.weight"}}}});
  compare("min_max_norm", kLogits,
          {.constraints = {MinMaxNorm{{.min_value = 0.9, .max_value = 1.1, .rate = 0.5, .parameters = "0.weight"}}}});
}

TEST(KerasFit, AveragedWeights) {
  compare("ema", kLogits, {.callbacks = {EMAWeights{{.momentum = 0.8}}}});
  compare("ema_overwrite", kLogits, {.callbacks = {EMAWeights{{.momentum = 0.9, .overwrite_frequency = 4}}}});
}

TEST(KerasFit, FormulasOfWeightsOfConvolutions) {
  const Tensor w = fixture("conv.weight");
  const PathPatterns all = "*";
  expect_close(MaxNorm{{.parameters = all}}(w), fixture("conv.max_norm"), "conv", "max_norm");
  expect_close(MaxNorm{{.axes = {0}, .parameters = all}}(w), fixture("conv.max_norm_first"), "conv", "max_norm_first");
  expect_close(UnitNorm{{.parameters = all}}(w), fixture("conv.unit_norm"), "conv", "unit_norm");
  expect_close(MinMaxNorm{{.min_value = 4.2, .max_value = 4.5, .rate = 0.3, .parameters = all}}(w),
               fixture("conv.min_max_norm"), "conv", "min_max_norm");
  const Tensor m = fixture("matrix");
  expect_close(OrthogonalRegularizer{{.factor = 0.5, .parameters = all}}(m), fixture("matrix.rows"), "matrix", "rows");
  expect_close(OrthogonalRegularizer{{.factor = 0.5, .mode = "columns", .parameters = all}}(m),
               fixture("matrix.columns"), "matrix", "columns");
}

}  // namespace
}  // namespace percept
