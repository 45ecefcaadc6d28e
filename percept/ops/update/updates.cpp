// updates.cpp - updates of SGD, Adam, Adadelta and RMSprop as pointwise programs.
#include "percept/ops/updates.h"
#include "percept/ops/update/update_op.h"

namespace percept {
namespace {

struct SgdAttrs {
  double momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
  bool first = false;  // the velocity has no value yet: it starts as the gradient (PyTorch)
};
struct SgdUpdate {
  using Attrs = SgdAttrs;
  static constexpr std::string_view name = "sgd_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; with momentum v = momentum * v + (1 - dampening) * g (v = g at the first step) "
      "and\n"
      "g = v, or g + momentum * v with nesterov; p = p - learning_rate * g.\n"
      "Inputs p, [v], grad, learning_rate. Source: PyTorch's torch.optim.SGD.";
  static constexpr int min_arity = 3, arity = 4;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 2;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    return infer_update("sgd_update", in, in.size() - 2, 1);
  }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    const bool moving = in.size() == 4;
    Lane p(program, 0), g(program, moving ? 2 : 1), rate(program, moving ? 3 : 2);
    if (a.weight_decay != 0) g = g + a.weight_decay * p;
    if (moving) {
      const Lane v = a.first ? g + 0.0 : a.momentum * Lane(program, 1) + (1 - a.dampening) * g;
      g = a.nesterov ? g + a.momentum * v : v;
      program.results = {0, v.slot()};
    }
    const Lane next = p - rate * g;
    program.results.resize(moving ? 2 : 1);
    program.results[0] = next.slot();
    return program;
  }
  static std::vector<Sample> samples() {
    auto with = [](Attrs a) { return percept::Attrs::of(a); };
    return {{.attrs = with({}), .inputs = {{{2}, {1, 2}}, {{2}, {0.5, -1}}, {{}, {0.1}}}, .expect = {0.95, 2.1}},
            {.attrs = with({.momentum = 0.9}),
             .inputs = {{{1}, {1}}, {{1}, {2}}, {{1}, {0.5}}, {{}, {0.1}}},
             .expect = {0.77},
             .more = {{2.3}}},
            {.attrs = with({.momentum = 0.9, .weight_decay = 0.1, .nesterov = true, .first = true}),
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {0.5}}, {{}, {0.1}}},
             .expect = {0.886},
             .more = {{0.6}}},
            {.attrs = with({}), .inputs = {{{2}}, {{3}}, {{}}}, .error = "must have the parameter's shape"}};
  }
};

struct AdamAttrs {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};
struct AdamUpdate {
  using Attrs = AdamAttrs;
  static constexpr std::string_view name = "adam_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; m = m + (1 - beta1) * (g - m); v = beta2 * v + (1 - beta2) * g^2;\n"
      "p = p - step_size * m / (sqrt(v) / correction + eps), with step_size = learning_rate / (1 - beta1^t) and\n"
      "correction = sqrt(1 - beta2^t) of step t. Inputs p, m, v, grad, step_size, correction.\n"
      "Source: Kingma and Ba 2015, algorithm 1, in PyTorch's order.";
  static constexpr int arity = 6;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 3;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("adam_update", in, 3, 2); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), m(program, 1), v(program, 2), g(program, 3), size(program, 4), correction(program, 5);
    if (a.weight_decay != 0) g = g + a.weight_decay * p;
    m = m + (1 - a.beta1) * (g - m);
    v = a.beta2 * v + (1 - a.beta2) * square(g);
    // Both fractions by `correction`: one division of elements instead of two, which is what the update's time is.
    p = p - (size * correction) * (m / (sqrt(v) + a.eps * correction));
    program.results = {p.slot(), m.slot(), v.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // step 1 of p = 1, g = 0.5, lr = 0.1: m = 0.05, v = 0.00025; size = 1, correction = sqrt(0.001); p = 1 - 0.1
    return {{.attrs = percept::Attrs::of(Attrs{.eps = 0}),
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {0}}, {{1}, {0.5}}, {{}, {1}}, {{}, {0.0316227766016838}}},
             .expect = {0.9},
             .more = {{0.05}, {0.00025}}},
            {.attrs = percept::Attrs::of(Attrs{}),
             .inputs = {{{1}}, {{1}}, {{1}}, {{2}}, {{}}, {{}}},
             .error = "adam_update"}};
  }
};

struct AdadeltaAttrs {
  double rho = 0.9, eps = 1e-6, weight_decay = 0;
};
struct AdadeltaUpdate {
  using Attrs = AdadeltaAttrs;
  static constexpr std::string_view name = "adadelta_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; s = rho * s + (1 - rho) * g^2; d = sqrt(u + eps) / sqrt(s + eps) * g;\n"
      "u = rho * u + (1 - rho) * d^2; p = p - learning_rate * d. Inputs p, s, u, grad, learning_rate.\n"
      "Source: Zeiler 2012, algorithm 1, in PyTorch's order.";
  static constexpr int arity = 5;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 3;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("adadelta_update", in, 3, 1); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), s(program, 1), u(program, 2), g(program, 3), rate(program, 4);
    if (a.weight_decay != 0) g = g + a.weight_decay * p;
    s = a.rho * s + (1 - a.rho) * square(g);
    const Lane d = sqrt(u + a.eps) / sqrt(s + a.eps) * g;
    u = a.rho * u + (1 - a.rho) * square(d);
    p = p - rate * d;
    program.results = {p.slot(), s.slot(), u.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // rho 0.5, eps 1: s = 0.5 * 3 = 1.5 of g = sqrt(3); d = 1 / sqrt(2.5) * g = 1.0954; u = 0.5 * 1.2 = 0.6
    return {{.attrs = percept::Attrs::of(Attrs{.rho = 0.5, .eps = 1}),
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {0}}, {{1}, {1.7320508075688772}}, {{}, {1}}},
             .expect = {-0.09544511501033215},
             .more = {{1.5}, {0.6}}},
            {.attrs = percept::Attrs::of(Attrs{}),
             .inputs = {{{1}}, {{1}}, {{1}}, {{1}}, {{1}}},
             .error = "scalars rank 0"}};
  }
};

struct RmspropAttrs {
  double alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0;
  bool centered = false;
  std::size_t states() const { return 2 + (centered ? 1 : 0) + (momentum > 0 ? 1 : 0); }
};
struct RmspropUpdate {
  using Attrs = RmspropAttrs;
  static constexpr std::string_view name = "rmsprop_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; s = alpha * s + (1 - alpha) * g^2; d = g / (sqrt(s) + eps); p = p - learning_rate\n"
      "* d. centered: a = a + (1 - alpha) * (g - a), and s - a^2 in the place of s in d. momentum: b = momentum * b + "
      "d,\n"
      "and b in the place of d in p. Inputs p, s, [a], [b], grad, learning_rate.\n"
      "Source: Tieleman and Hinton 2012, lecture 6.5, in PyTorch's form.";
  static constexpr int min_arity = 4, arity = 6;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 4;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const std::size_t states = attrs.as<Attrs>().states();
    if (in.size() != states + 2)
      throw ValueError("rmsprop_update: " + std::to_string(in.size()) + " inputs given",
                       "with these settings it takes " + std::to_string(states) + " states, grad and learning_rate");
    return infer_update("rmsprop_update", in, states, 1);
  }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    const auto states = static_cast<std::uint16_t>(a.states());
    Lane p(program, 0), s(program, 1), g(program, states), rate(program, static_cast<std::uint16_t>(states + 1));
    if (a.weight_decay != 0) g = g + a.weight_decay * p;
    s = a.alpha * s + (1 - a.alpha) * square(g);
    std::vector<std::uint16_t> results = {0, s.slot()};
    Lane spread = s;
    if (a.centered) {
      Lane average(program, 2);
      average = average + (1 - a.alpha) * (g - average);
      spread = s - square(average);
      results.push_back(average.slot());
    }
    Lane d = g / (sqrt(spread) + a.eps);
    if (a.momentum > 0) {
      d = a.momentum * Lane(program, static_cast<std::uint16_t>(states - 1)) + d;
      results.push_back(d.slot());
    }
    p = p - rate * d;
    results[0] = p.slot();
    program.results = results;
    return program;
  }
  static std::vector<Sample> samples() {
    const auto with = [](double momentum, bool centered) {
      return percept::Attrs::of(Attrs{.alpha = 0.75, .eps = 1, .momentum = momentum, .centered = centered});
    };
    // alpha 0.75, eps 1: s = 0.25 * 4 = 1, d = 2 / 2, p = 1 - 0.5 * 1
    return {{.attrs = with(0, false),
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {2}}, {{}, {0.5}}},
             .expect = {0.5},
             .more = {{1}}},
            {.attrs = with(0.5, false),  // b = 0.5 * 2 + 1 = 2
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {2}}, {{1}, {2}}, {{}, {0.5}}},
             .expect = {0},
             .more = {{1}, {2}}},
            {.attrs = with(0, true),  // a = 0.25 * 2 = 0.5, d = 2 / (sqrt(1 - 0.25) + 1)
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {0}}, {{1}, {2}}, {{}, {0.5}}},
             .expect = {0.46410161513775461},
             .more = {{1}, {0.5}}},
            {.attrs = with(0.5, true),  // b = 0.5 * 2 + 1.0717967697244912
             .inputs = {{{1}, {1}}, {{1}, {0}}, {{1}, {0}}, {{1}, {2}}, {{1}, {2}}, {{}, {0.5}}},
             .expect = {-0.0358983848622456},
             .more = {{1}, {0.5}, {2.0717967697244912}}},
            {.attrs = percept::Attrs::of(Attrs{}),
             .inputs = {{{1}, {}, DType::i64}, {{1}, {}, DType::i64}, {{1}, {}, DType::i64}, {{}, {}, DType::i64}},
             .error = "only floating"},
            {.attrs = with(0.5, false), .inputs = {{{1}}, {{1}}, {{1}}, {{}}}, .error = "4 inputs given"}};
  }
};

}  // namespace

void sgd_update(State& parameter, State* velocity, const Tensor& grad, const Tensor& learning_rate, double momentum,
                double dampening, bool nesterov, double weight_decay) {
  if (velocity == nullptr) {
    State* states[] = {&parameter};
    apply_update(op_of<SgdUpdate>(), Attrs::of(SgdAttrs{0, 0, weight_decay, false, false}), states,
                 {aligned(grad, parameter), learning_rate}, {});
    return;
  }
  const bool first = !velocity->built();
  if (first) assign(*velocity, zeros(parameter.shape(), parameter.dtype()));
  State* states[] = {&parameter, velocity};
  apply_update(op_of<SgdUpdate>(), Attrs::of(SgdAttrs{momentum, dampening, weight_decay, nesterov, first}), states,
               {aligned(grad, parameter), learning_rate}, {});
}

void adam_update(State& parameter, State& m, State& v, const Tensor& grad, const Tensor& step_size,
                 const Tensor& correction2_sqrt, double beta1, double beta2, double eps, double weight_decay) {
  State* states[] = {&parameter, &m, &v};
  apply_update(op_of<AdamUpdate>(), Attrs::of(AdamAttrs{beta1, beta2, eps, weight_decay}), states,
               {aligned(grad, parameter), step_size, correction2_sqrt}, {});
}

void adadelta_update(State& parameter, State& square_avg, State& delta_avg, const Tensor& grad,
                     const Tensor& learning_rate, double rho, double eps, double weight_decay) {
  State* states[] = {&parameter, &square_avg, &delta_avg};
  apply_update(op_of<AdadeltaUpdate>(), Attrs::of(AdadeltaAttrs{rho, eps, weight_decay}), states,
               {aligned(grad, parameter), learning_rate}, {});
}

void rmsprop_update(State& parameter, State& square_avg, State* grad_avg, State* momentum_buffer, const Tensor& grad,
                    const Tensor& learning_rate, double alpha, double eps, double weight_decay, double momentum) {
  std::vector<State*> states{&parameter, &square_avg};
  if (grad_avg != nullptr) states.push_back(grad_avg);
  if (momentum_buffer != nullptr) states.push_back(momentum_buffer);
  const RmspropAttrs attrs{alpha, eps, weight_decay, momentum_buffer != nullptr ? momentum : 0, grad_avg != nullptr};
  apply_update(op_of<RmspropUpdate>(), Attrs::of(attrs), states, {aligned(grad, parameter), learning_rate}, {});
}

std::vector<const Op*> ops_updates() {
  return {&op_of<SgdUpdate>(), &op_of<AdamUpdate>(), &op_of<AdadeltaUpdate>(), &op_of<RmspropUpdate>()};
}

}  // namespace percept
