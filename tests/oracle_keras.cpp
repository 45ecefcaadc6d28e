// oracle_keras.cpp - what is Keras's own against fixtures made by Keras 3 (tests/oracle): losses on probabilities,
// Lion, padding "same" at stride 2, depthwise and separable convolution, global pooling, schedules.
#include "oracle.h"
#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/nn/losses.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer.h"
#include "percept/optim/optimizers/adadelta.h"
#include "percept/optim/optimizers/lion.h"
#include "percept/optim/optimizers/sgd.h"
#include "percept/optim/schedules/cosine.h"
#include "percept/optim/schedules/cosine_restarts.h"
#include "percept/optim/schedules/exponential.h"
#include "percept/optim/schedules/polynomial.h"
#include "percept/train/gradient_functions.h"

namespace percept {
namespace {

using testing::expect_close;

const testing::Fixtures& fixtures() {
  static const testing::Fixtures all("keras");
  return all;
}

void compare_loss(const std::string& case_name, const LossFunction& loss) {
  const std::string name = "loss." + case_name;
  const Tensor x = variable(fixtures().at(name + ".x"));
  const Tensor y = loss(x, fixtures().at(name + ".target"));
  expect_close(y, fixtures().at(name + ".y"), name, "value");
  expect_close(gradients(y, {x})[0], fixtures().at(name + ".dx"), name, "gradient");
}

TEST(KerasOracle, Losses) {
  compare_loss("bce", BCELoss{});
  compare_loss("bce_with_logits", BCEWithLogitsLoss{});
  compare_loss("cross_entropy", CrossEntropyLoss{});
  compare_loss("label_smoothing", CrossEntropyLoss{{.label_smoothing = 0.2}});
  compare_loss("hinge", HingeLoss{});
  compare_loss("hinge_squared", HingeLoss{{.squared = true}});
  compare_loss("huber", HuberLoss{{.delta = 0.7}});
  compare_loss("mae", L1Loss{});
  compare_loss("mse", MSELoss{});
  // Keras's alpha is 0.25; it names classes by one-hot rows.
  compare_loss("focal", [](const Tensor& x, const Tensor& target) {
    return FocalLoss{{.gamma = 2, .alpha = 0.25}}(x, argmax(target, 1));
  });
  // On probabilities: Keras divides each row by its sum first, so that its gradient is that of the ratio.
  compare_loss("probabilities", [](const Tensor& p, const Tensor& labels) {
    return NLLLoss{}(log(p / sum(p, {.axes = {1}, .keepdims = true})), labels);
  });
  compare_loss("kl_div", [](const Tensor& p, const Tensor& target) {
    return KLDivLoss{{.reduction = "batchmean"}}(log(p), target);
  });
}

void compare_steps(const std::string& case_name, Optimizer optimizer, const GradientFunction& change = {}) {
  const std::string name = "optim." + case_name;
  Parameter p;
  assign(p, contiguous(copy(fixtures().at(name + ".p0"))));
  const TrainingScope training;
  for (std::int64_t step = 0; step < 20; ++step) {
    const Tensor grad = fixtures().at(name + ".g")[step];
    set_grad(p, change ? change({grad})[0] : grad);
    optimizer.step({&p});
    expect_close(p.tensor(), fixtures().at(name + ".p")[step], name, "step " + std::to_string(step + 1));
  }
}

TEST(KerasOracle, Optimizers) {
  compare_steps("Lion", Lion{});
  compare_steps("Lion_options", Lion{{.learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.1}});
  compare_steps("SGD_decoupled", SGD{{.learning_rate = 0.05, .weight_decay = 0.1, .decoupled_weight_decay = true}});
  compare_steps("Adadelta", Adadelta{{.rho = 0.95, .eps = 1e-7}});
  compare_steps("clipnorm", SGD{{.learning_rate = 0.05}}, clip_norm(1.5));
  compare_steps("clipvalue", SGD{{.learning_rate = 0.05}}, clip_value(0.3));
}

TEST(KerasOracle, ConvolutionsWithPaddingSame) {
  const auto of = [](const std::string& name, const std::string& part) {
    return fixtures().at("conv." + name + "." + part);
  };
  const auto compare = [&](const std::string& name, Size2 stride) {
    const Tensor y = conv2d(of(name, "x"), of(name, "kernel"), of(name, "bias"), {.stride = stride, .padding = "same"});
    expect_close(y, of(name, "y"), "conv." + name, "output");
  };
  compare("same_even", 2);
  compare("same_odd", 2);
  compare("same_wide", {2, 3});
  expect_close(conv2d(of("depthwise", "x"), of("depthwise", "kernel"), of("depthwise", "bias"),
                      {.padding = "same", .groups = 3}),
               of("depthwise", "y"), "conv.depthwise", "output");
  const Tensor middle =
      conv2d(of("separable", "x"), of("separable", "depthwise_kernel"), {}, {.padding = "same", .groups = 3});
  expect_close(conv2d(middle, of("separable", "pointwise_kernel"), of("separable", "bias")), of("separable", "y"),
               "conv.separable", "output");
}

TEST(KerasOracle, GlobalPooling) {
  const Tensor x = fixtures().at("pool.x");
  expect_close(mean(x, {.axes = {2, 3}}), fixtures().at("pool.average"), "pool", "average");
  expect_close(max(x, {.axes = {2, 3}}), fixtures().at("pool.largest"), "pool", "largest");
}

TEST(KerasOracle, Schedules) {
  const auto compare = [](const std::string& name, const Schedule& schedule) {
    const auto wanted = fixtures().at("schedule." + name).to_vector<double>();
    for (std::size_t step = 0; step < wanted.size(); ++step)  // Keras reckons in f32
      EXPECT_NEAR(schedule.learning_rate({0.4, static_cast<std::int64_t>(step), 100, 10}), wanted[step], 1e-6)
          << name << " step " << step;
  };
  compare("cosine", Cosine{{.per = "step"}});
  compare("cosine_restarts", CosineRestarts{{.t_0 = 10, .t_mult = 2, .per = "step"}});
  compare("exponential", Exponential{{.gamma = 0.9}});
  compare("polynomial", Polynomial{{.total_iters = 80, .power = 2, .per = "step"}});
}

}  // namespace
}  // namespace percept
