// oracle_optim.cpp - every loss, optimizer, schedule and clipping against fixtures made by PyTorch (tests/oracle).
#include <limits>
#include <set>

#include "oracle.h"
#include "percept/autograd/autograd.h"
#include "percept/core/mode.h"
#include "percept/nn/losses.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/schedule_record.h"
#include "percept/optim/schedules/lambda.h"
#include "percept/recipes/toml.h"
#include "percept/train/gradient_functions.h"

namespace percept {
namespace {

using testing::expect_close;

const testing::Fixtures& fixtures() {
  static const testing::Fixtures all("torch_optim");
  return all;
}

Value options_of(const std::string& toml) { return *parse_toml("case = " + toml, "case").tree.find("case"); }

// A case NAME is made by the record called NAME, or what NAME begins with, with these options.
struct Case {
  const char* name;
  const char* record;
  const char* options;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
const auto kCaseName = [](const auto& info) { return std::string(info.param.name); };

const Case kLosses[] = {
    {"cross_entropy", "cross_entropy", "{}"},
    {"cross_entropy_smooth", "cross_entropy", "{label_smoothing=0.1}"},
    {"cross_entropy_weight", "cross_entropy", "{class_weight=[1, 0.5, 2, 3, 0.25]}"},
    {"cross_entropy_ignore", "cross_entropy", "{}"},
    {"cross_entropy_sum", "cross_entropy", "{reduction='sum'}"},
    {"cross_entropy_none", "cross_entropy", "{reduction='none'}"},
    {"cross_entropy_all", "cross_entropy", "{class_weight=[1, 0.5, 2, 3, 0.25], label_smoothing=0.2, ignore_index=2}"},
    {"cross_entropy_image", "cross_entropy", "{class_weight=[1, 0.5, 2, 3, 0.25], label_smoothing=0.1}"},
    {"cross_entropy_probabilities", "cross_entropy", "{}"},
    {"cross_entropy_probabilities_all", "cross_entropy", "{class_weight=[1, 0.5, 2, 3, 0.25], label_smoothing=0.1}"},
    {"nll", "nll", "{}"},
    {"nll_all", "nll", "{class_weight=[1, 0.5, 2, 3, 0.25], ignore_index=1, reduction='sum'}"},
    {"mse", "mse", "{}"},
    {"mse_sum", "mse", "{reduction='sum'}"},
    {"mse_none", "mse", "{reduction='none'}"},
    {"l1", "l1", "{}"},
    {"huber", "huber", "{}"},
    {"huber_delta", "huber", "{delta=0.5}"},
    {"smooth_l1", "smooth_l1", "{}"},
    {"smooth_l1_beta", "smooth_l1", "{beta=0.3}"},
    {"bce", "bce", "{}"},
    {"bce_sum", "bce", "{reduction='sum'}"},
    {"bce_with_logits", "bce_with_logits", "{}"},
    {"bce_with_logits_weight", "bce_with_logits", "{pos_weight=[0.5, 2, 3]}"},
    {"kl_div", "kl_div", "{}"},
    {"kl_div_batchmean", "kl_div", "{reduction='batchmean'}"},
    {"kl_div_log", "kl_div", "{reduction='sum', log_target=true}"},
    {"hinge", "hinge", "{}"},
    {"hinge_squared", "hinge", "{squared=true}"},
    {"multi_margin", "multi_margin", "{}"},
    {"multi_margin_margin", "multi_margin", "{margin=2.5}"},
    {"focal", "focal", "{}"},
    {"focal_alpha", "focal", "{gamma=1.5, alpha=0.25}"},
    {"poisson_nll", "poisson_nll", "{}"},
    {"poisson_nll_full", "poisson_nll", "{log_input=false, full=true}"},
};

// Value and gradient by the first input of f(x, in1, in2).
template <class F>
void compare_loss(const std::string& case_name, F f) {
  const std::string name = "loss." + case_name;
  const Tensor x = variable(fixtures().at(name + ".x"));
  const Tensor y = f(x);
  expect_close(y, fixtures().at(name + ".y"), name, "value");
  const Tensor total = sum(y * fixtures().at(name + ".dy"));
  expect_close(gradients(total, {x})[0], fixtures().at(name + ".dx"), name, "gradient");
}

class TorchLoss : public ::testing::TestWithParam<Case> {};

TEST_P(TorchLoss, GivesPyTorchsValueAndGradient) {
  const Case& one = GetParam();
  const LossFunction loss = find_loss(one.record)->make(options_of(one.options), one.name);
  compare_loss(one.name,
               [&](const Tensor& x) { return loss(x, fixtures().at("loss." + std::string(one.name) + ".in1")); });
}
INSTANTIATE_TEST_SUITE_P(All, TorchLoss, ::testing::ValuesIn(kLosses), kCaseName);

TEST(TorchOptim, LossesOfMoreInputs) {
  const auto in = [](const std::string& name, int i) {
    return fixtures().at("loss." + name + ".in" + std::to_string(i));
  };
  compare_loss("cosine_similarity", [&](const Tensor& x) { return cosine_similarity(x, in("cosine_similarity", 1)); });
  compare_loss("cosine_embedding", [&](const Tensor& x) {
    return CosineEmbeddingLoss()(x, in("cosine_embedding", 1), in("cosine_embedding", 2));
  });
  compare_loss("cosine_embedding_margin", [&](const Tensor& x) {
    return CosineEmbeddingLoss({.margin = 0.3})(x, in("cosine_embedding_margin", 1), in("cosine_embedding_margin", 2));
  });
  compare_loss("triplet_margin", [&](const Tensor& x) {
    return TripletMarginLoss()(x, in("triplet_margin", 1), in("triplet_margin", 2));
  });
  compare_loss("triplet_margin_all", [&](const Tensor& x) {
    return TripletMarginLoss({.margin = 2, .p = 3})(x, in("triplet_margin_all", 1), in("triplet_margin_all", 2));
  });
}

const Case kOptimizers[] = {
    {"SGD", "SGD", "{learning_rate=0.1}"},
    {"SGD_momentum", "SGD", "{learning_rate=0.1, momentum=0.9}"},
    {"SGD_dampening", "SGD", "{learning_rate=0.05, momentum=0.8, dampening=0.3, weight_decay=0.02}"},
    {"SGD_nesterov", "SGD", "{learning_rate=0.05, momentum=0.9, nesterov=true}"},
    {"SGD_maximize", "SGD", "{learning_rate=0.05, momentum=0.9, maximize=true}"},
    {"Adam", "Adam", "{learning_rate=0.01}"},
    {"Adam_decay", "Adam", "{learning_rate=0.02, beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.1}"},
    {"Adam_amsgrad", "Adam", "{learning_rate=0.02, beta1=0.8, beta2=0.9, amsgrad=true}"},
    {"Adam_decoupled", "Adam", "{learning_rate=0.02, weight_decay=0.3, decoupled_weight_decay=true}"},
    {"AdamW", "AdamW", "{learning_rate=0.01}"},
    {"AdamW_options", "AdamW", "{learning_rate=0.02, beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.3, amsgrad=true}"},
    {"Adadelta", "Adadelta", "{}"},
    {"Adadelta_options", "Adadelta", "{learning_rate=0.5, rho=0.95, eps=1e-7, weight_decay=0.01}"},
    {"Adagrad", "Adagrad", "{}"},
    {"Adagrad_options", "Adagrad",
     "{learning_rate=0.1, lr_decay=0.1, weight_decay=0.05, initial_accumulator_value=0.2, eps=1e-6}"},
    {"Adamax", "Adamax", "{}"},
    {"Adamax_options", "Adamax", "{learning_rate=0.01, beta1=0.8, beta2=0.9, eps=1e-4, weight_decay=0.1}"},
    {"NAdam", "NAdam", "{}"},
    {"NAdam_options", "NAdam",
     "{learning_rate=0.01, beta1=0.8, beta2=0.9, eps=1e-6, weight_decay=0.1, momentum_decay=0.02}"},
    {"NAdam_decoupled", "NAdam", "{learning_rate=0.01, weight_decay=0.1, decoupled_weight_decay=true}"},
    {"RMSprop", "RMSprop", "{}"},
    {"RMSprop_options", "RMSprop", "{learning_rate=1e-3, alpha=0.9, eps=1e-7, weight_decay=0.01}"},
    {"RMSprop_momentum", "RMSprop", "{learning_rate=1e-3, alpha=0.9, momentum=0.8}"},
    {"RMSprop_centered", "RMSprop", "{learning_rate=1e-3, alpha=0.9, eps=1e-3, centered=true}"},
    {"RMSprop_all", "RMSprop",
     "{learning_rate=1e-3, alpha=0.9, eps=1e-3, weight_decay=0.01, momentum=0.7, centered=true}"},
    {"Lion", "Lion", "{}"},
    {"Lion_options", "Lion", "{learning_rate=0.01, beta1=0.8, beta2=0.9, weight_decay=0.1}"},
    {"Muon", "Muon", "{learning_rate=0.02}"},
    {"Muon_tall", "Muon", "{learning_rate=0.02, momentum=0.8, nesterov=false, weight_decay=0.3}"},
    {"Muon_options", "Muon",
     "{learning_rate=0.02, ns_steps=3, ns_coefficients=[2.0, -1.5, 0.5], adjust_lr_fn='match_rms_adamw'}"},
    {"Muon_conv", "Muon", "{learning_rate=0.02}"},
};

class TorchOptimizer : public ::testing::TestWithParam<Case> {};

TEST_P(TorchOptimizer, TakesPyTorchsSteps) {
  const std::string name = std::string("optim.") + GetParam().name;
  Optimizer optimizer = find_optimizer(GetParam().record)->make(options_of(GetParam().options), name);
  Parameter p;
  assign(p, contiguous(copy(fixtures().at(name + ".p0"))));
  const Tensor grads = fixtures().at(name + ".g"), places = fixtures().at(name + ".p");
  const TrainingScope training;
  for (std::int64_t step = 0; step < grads.size(0); ++step) {
    set_grad(p, grads[step]);
    optimizer.step({&p});
    expect_close(p.tensor(), places[step], name, "step " + std::to_string(step + 1));
    EXPECT_FALSE(p.grad().defined()) << "step consumes the gradient";
  }
  EXPECT_EQ(grads.size(0), 20);
}
INSTANTIATE_TEST_SUITE_P(All, TorchOptimizer, ::testing::ValuesIn(kOptimizers), kCaseName);

const Case kLbfgs[] = {
    {"LBFGS", "LBFGS", "{learning_rate=1e-3, max_iter=4}"},
    {"LBFGS_wolfe", "LBFGS", "{max_iter=3, line_search_fn='strong_wolfe'}"},
    {"LBFGS_short", "LBFGS", "{max_iter=2, history_size=2, line_search_fn='strong_wolfe'}"},
};

TEST(TorchOptim, LBFGSTakesPyTorchsSteps) {
  for (const Case& one : kLbfgs) {
    const std::string name = std::string("optim.") + one.name;
    Optimizer optimizer = find_optimizer(one.record)->make(options_of(one.options), name);
    Parameter p;
    assign(p, contiguous(copy(fixtures().at(name + ".p0"))));
    const auto closure = [&] {
      const Tensor a = slice(p, 0, 0, 2), b = slice(p, 0, 1, 3);
      const Tensor loss = sum(100 * square(b - square(a)) + square(1 - a));
      loss.backward();
      return loss;
    };
    const TrainingScope training;
    for (std::int64_t step = 0; step < 20; ++step) {
      const Tensor loss = optimizer.step({&p}, closure);
      expect_close(loss.detach(), fixtures().at(name + ".loss")[step], name, "loss " + std::to_string(step + 1));
      expect_close(p.tensor().detach(), fixtures().at(name + ".p")[step], name, "step " + std::to_string(step + 1));
    }
  }
}

struct ScheduleCase {
  const char* name;
  const char* record;
  const char* options;
  std::int64_t per_epoch = 1;
};
const ScheduleCase kSchedules[] = {
    {"one_cycle", "one_cycle", "{}"},
    {"one_cycle_options", "one_cycle", "{max_learning_rate=0.8, pct_start=0.45, div_factor=10, final_div_factor=100}"},
    {"exponential", "exponential", "{gamma=0.9}", 10},
    {"exponential_step", "exponential", "{gamma=0.97, per='step'}", 10},
    {"step", "step", "{step_size=3}", 10},
    {"step_step", "step", "{step_size=7, gamma=0.5, per='step'}", 10},
    {"multi_step", "multi_step", "{milestones=[2, 5, 8]}", 10},
    {"multi_step_step", "multi_step", "{milestones=[10, 10, 60], gamma=0.3, per='step'}", 10},
    {"cosine", "cosine", "{t_max=10}", 10},
    {"cosine_step", "cosine", "{t_max=40, eta_min=0.05, per='step'}", 10},
    {"cosine_restarts", "cosine_restarts", "{t_0=3}", 10},
    {"cosine_restarts_step", "cosine_restarts", "{t_0=10, t_mult=2, eta_min=0.01, per='step'}", 10},
    {"warm_up", "warm_up", "{}", 10},
    {"warm_up_step", "warm_up", "{start_factor=0.1, end_factor=0.9, total_iters=30, per='step'}", 10},
    {"warm_up_constant", "warm_up", "{mode='constant', start_factor=0.2, total_iters=4}", 10},
    {"polynomial", "polynomial", "{}", 10},
    {"polynomial_step", "polynomial", "{total_iters=80, power=2, per='step'}", 10},
    {"plateau", "plateau", "{monitor='loss'}"},
    {"plateau_options", "plateau",
     "{mode='max', factor=0.7, patience=2, threshold=0.01, threshold_mode='abs', cooldown=3, min_lr=0.1}"},
    {"chained", "chained",
     "{schedules=[{type='warm_up', mode='constant', start_factor=0.1, total_iters=20, per='step'}, "
     "{type='exponential', gamma=0.95, per='step'}]}"},
    {"sequential", "sequential",
     "{schedules=[{type='warm_up', start_factor=0.1, total_iters=20, per='step'}, "
     "{type='cosine', t_max=80, per='step'}], milestones=[20], per='step'}"},
    {"sequential_three", "sequential",
     "{schedules=[{type='warm_up', mode='constant', start_factor=0.5, total_iters=5}, {type='exponential', "
     "gamma=0.8}, {type='step', step_size=1}], milestones=[2, 6]}",
     10},
};

void compare_schedule(const Schedule& schedule, const std::string& name, std::int64_t per_epoch) {
  const auto wanted = fixtures().at("schedule." + name).to_vector<double>();
  const auto metric = fixtures().at("schedule.metric").to_vector<double>();
  EXPECT_EQ(wanted.size(), 100u);
  const testing::Tolerance allowed = testing::tolerance_of("schedule");
  for (std::size_t step = 0; step < wanted.size(); ++step) {
    SchedulePoint at{0.4, static_cast<std::int64_t>(step), name.starts_with("one_cycle") ? 101 : 100, per_epoch};
    if (!schedule.monitor().empty())
      at.metric.assign(metric.begin(), metric.begin() + static_cast<std::ptrdiff_t>(step));
    EXPECT_NEAR(schedule.learning_rate(at), wanted[step], allowed.atol + allowed.rtol * wanted[step])
        << name << " step " << step;
  }
}

TEST(TorchOptim, SchedulesGivePyTorchsRates) {
  for (const ScheduleCase& one : kSchedules)
    compare_schedule(find_schedule(one.record)->make(options_of(one.options), one.name), one.name, one.per_epoch);
  compare_schedule(LambdaSchedule([](std::int64_t t) { return 1 / static_cast<double>(1 + t); }), "lambda", 10);
}

TEST(TorchOptim, ClipsAsPyTorch) {
  const double inf = std::numeric_limits<double>::infinity();
  struct Clip {
    const char* name;
    double p, limit;
  };
  for (const auto& [name, p, limit] : {Clip{"two", 2, 1.5}, {"one", 1, 2}, {"largest", inf, 0.7}, {"within", 2, 1e3}}) {
    const std::string prefix = std::string("clip.") + name;
    Parameter a, b, none;
    assign(a, zeros({3, 4}));
    assign(b, zeros({5}));
    set_grad(a, fixtures().at(prefix + ".a"));
    set_grad(b, fixtures().at(prefix + ".b"));
    const double norm = clip_grad_norm({&a, &none, &b}, limit, p);
    EXPECT_NEAR(norm, fixtures().at(prefix + ".norm").item(), 1e-5 * norm) << name;
    expect_close(a.grad(), fixtures().at(prefix + ".a_after"), prefix, "a");
    expect_close(b.grad(), fixtures().at(prefix + ".b_after"), prefix, "b");
  }
}

TEST(TorchOptim, CoversEveryLossOptimizerAndSchedule) {
  std::set<std::string> covered{"constant"};
  for (const Case& one : kLosses) covered.insert(one.record);
  for (const Case& one : kOptimizers) covered.insert(one.record);
  for (const Case& one : kLbfgs) covered.insert(one.record);
  for (const ScheduleCase& one : kSchedules) covered.insert(one.record);
  for (const Loss& one : all_losses()) EXPECT_TRUE(covered.contains(std::string(one.name))) << one.name;
  for (const OptimizerRecord& one : all_optimizers()) EXPECT_TRUE(covered.contains(std::string(one.type))) << one.type;
  for (const ScheduleRecord& one : all_schedules()) EXPECT_TRUE(covered.contains(std::string(one.type))) << one.type;
}

}  // namespace
}  // namespace percept
