// adaptive_updates.cpp - updates of Adagrad, Adamax, NAdam, Lion and Adam with AMSGrad, and decoupled weight decay.
#include "percept/ops/update/update_op.h"
#include "percept/ops/updates.h"

namespace percept {
namespace {

Lane absolute(Lane a) { return a.row(Row::abs); }
Lane larger(Lane a, Lane b) { return a.row(Row::maximum, b); }

struct MomentAttrs {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};
Lane decayed(Lane g, Lane p, double weight_decay) { return weight_decay != 0 ? g + weight_decay * p : g; }

SampleInput one(double value) { return {{1}, {value}}; }
SampleInput number(double value) { return {{}, {value}}; }

struct AmsgradUpdate {
  using Attrs = MomentAttrs;
  static constexpr std::string_view name = "amsgrad_update";
  static constexpr std::string_view doc =
      "As adam_update with w = max(w, v) in the place of v in the root. Inputs p, m, v, w, grad, step_size, "
      "correction.\n"
      "Source: Reddi, Kale, Kumar 2018, algorithm 2, in PyTorch's order.";
  static constexpr int arity = 7;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 4;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("amsgrad_update", in, 4, 2); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), m(program, 1), v(program, 2), w(program, 3), g(program, 4), size(program, 5);
    const Lane correction(program, 6);
    g = decayed(g, p, a.weight_decay);
    m = m + (1 - a.beta1) * (g - m);
    v = a.beta2 * v + (1 - a.beta2) * square(g);
    w = larger(w, v);
    p = p - (size * correction) * (m / (sqrt(w) + a.eps * correction));  // as adam_update
    program.results = {p.slot(), m.slot(), v.slot(), w.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // m = 0.5 * 2, v = 0.5 * 4, w stays 4: p = 1 - 0.5 * 1 / (2 / 0.5 + 1)
    return {{.attrs = percept::Attrs::of(Attrs{.beta1 = 0.5, .beta2 = 0.5, .eps = 1}),
             .inputs = {one(1), one(0), one(0), one(4), one(2), number(0.5), number(0.5)},
             .expect = {0.9},
             .more = {{1}, {2}, {4}}},
            {.attrs = percept::Attrs::of(Attrs{}),
             .inputs = {one(1), one(0), one(0), {{2}}, one(2), number(1), number(1)},
             .error = "amsgrad_update: input 3 has shape [2]"}};
  }
};

struct AdagradAttrs {
  double eps = 1e-10, weight_decay = 0;
};
struct AdagradUpdate {
  using Attrs = AdagradAttrs;
  static constexpr std::string_view name = "adagrad_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; s = s + g^2; p = p - learning_rate * g / (sqrt(s) + eps).\n"
      "Inputs p, s, grad, learning_rate. Source: Duchi, Hazan, Singer 2011, in PyTorch's order.";
  static constexpr int arity = 4;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 2;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("adagrad_update", in, 2, 1); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), s(program, 1), g(program, 2), rate(program, 3);
    g = decayed(g, p, a.weight_decay);
    s = s + square(g);
    p = p - rate * (g / (sqrt(s) + a.eps));
    program.results = {p.slot(), s.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // s = 5 + 4 = 9, p = 1 - 0.5 * 2 / (3 + 1); with decay 1: g = 3, s = 16, p = 1 - 0.5 * 3 / 5
    return {
        {.attrs = percept::Attrs::of(Attrs{.eps = 1}),
         .inputs = {one(1), one(5), one(2), number(0.5)},
         .expect = {0.75},
         .more = {{9}}},
        {.attrs = percept::Attrs::of(Attrs{.eps = 1, .weight_decay = 1}),
         .inputs = {one(1), one(7), one(2), number(0.5)},
         .expect = {0.7},
         .more = {{16}}},
        {.attrs = percept::Attrs::of(Attrs{}), .inputs = {one(1), one(0), one(0), one(1)}, .error = "scalars rank 0"}};
  }
};

struct AdamaxUpdate {
  using Attrs = MomentAttrs;
  static constexpr std::string_view name = "adamax_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; m = m + (1 - beta1) * (g - m); u = max(beta2 * u, |g| + eps);\n"
      "p = p - step_size * m / u, with step_size = learning_rate / (1 - beta1^t). Inputs p, m, u, grad, step_size.\n"
      "Source: Kingma and Ba 2015, algorithm 2, in PyTorch's order.";
  static constexpr int arity = 5;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 3;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("adamax_update", in, 3, 1); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), m(program, 1), u(program, 2), g(program, 3), size(program, 4);
    g = decayed(g, p, a.weight_decay);
    m = m + (1 - a.beta1) * (g - m);
    u = larger(a.beta2 * u, absolute(g) + a.eps);
    p = p - size * (m / u);
    program.results = {p.slot(), m.slot(), u.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // m = -1; u = max(0.5 * 8, 2 + 1) = 4, or 3 from 0: p = 1 + 0.5 / 4, 1 + 0.5 / 3
    const percept::Attrs attrs = percept::Attrs::of(Attrs{.beta1 = 0.5, .beta2 = 0.5, .eps = 1});
    return {{.attrs = attrs,
             .inputs = {{{2}, {1, 1}}, {{2}, {0, 0}}, {{2}, {8, 0}}, {{2}, {-2, -2}}, number(0.5)},
             .expect = {1.125, 1 + 0.5 / 3},
             .more = {{-1, -1}, {4, 3}}},
            {.attrs = attrs, .inputs = {one(1), one(0), one(0), {{1, 1}}, number(1)}, .error = "adamax_update"}};
  }
};

struct NadamUpdate {
  using Attrs = MomentAttrs;
  static constexpr std::string_view name = "nadam_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; m = m + (1 - beta1) * (g - m); v = beta2 * v + (1 - beta2) * g^2;\n"
      "d = sqrt(v / correction) + eps; p = p - grad_size * g / d - m_size * m / d.\n"
      "Inputs p, m, v, grad, grad_size, m_size, correction. Source: Dozat 2016, in PyTorch's order.";
  static constexpr int arity = 7;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 3;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("nadam_update", in, 3, 3); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), m(program, 1), v(program, 2), g(program, 3), grad_size(program, 4), m_size(program, 5);
    const Lane correction(program, 6);
    g = decayed(g, p, a.weight_decay);
    m = m + (1 - a.beta1) * (g - m);
    v = a.beta2 * v + (1 - a.beta2) * square(g);
    const Lane d = sqrt(v / correction) + a.eps;
    p = p - grad_size * (g / d) - m_size * (m / d);
    program.results = {p.slot(), m.slot(), v.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // m = 1, v = 2, d = sqrt(2 / 0.5) + 2 = 4: p = 1 - 0.5 * 2 / 4 - 0.25 * 1 / 4
    const percept::Attrs attrs = percept::Attrs::of(Attrs{.beta1 = 0.5, .beta2 = 0.5, .eps = 2});
    return {{.attrs = attrs,
             .inputs = {one(1), one(0), one(0), one(2), number(0.5), number(0.25), number(0.5)},
             .expect = {0.6875},
             .more = {{1}, {2}}},
            {.attrs = attrs,
             .inputs = {one(1), one(0), one(0), one(2), number(1), number(1), one(1)},
             .error = "nadam_update: input 6"}};
  }
};

struct LionUpdate {
  using Attrs = MomentAttrs;
  static constexpr std::string_view name = "lion_update";
  static constexpr std::string_view doc =
      "g = grad + weight_decay * p; p = p - learning_rate * sign(beta1 * m + (1 - beta1) * g);\n"
      "m = beta2 * m + (1 - beta2) * g. Inputs p, m, grad, learning_rate. Source: Chen et al. 2023, algorithm 2.";
  static constexpr int arity = 4;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 2;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("lion_update", in, 2, 1); }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    PointwiseProgram program = start_program(in);
    Lane p(program, 0), m(program, 1), g(program, 2), rate(program, 3);
    g = decayed(g, p, a.weight_decay);
    p = p - rate * (a.beta1 * m + (1 - a.beta1) * g).row(Row::sign);
    m = a.beta2 * m + (1 - a.beta2) * g;
    program.results = {p.slot(), m.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    // signs of 0.5 * 4 - 0.5 * 2 = 1, of -1 and of 0
    const percept::Attrs attrs = percept::Attrs::of(Attrs{.beta1 = 0.5, .beta2 = 0.75});
    return {{.attrs = attrs,
             .inputs = {{{3}, {1, 1, 1}}, {{3}, {4, 0, 0}}, {{3}, {-2, -2, 0}}, number(0.1)},
             .expect = {0.9, 1.1, 1},
             .more = {{2.5, -0.5, 0}}},
            {.attrs = attrs, .inputs = {one(1), {{2}}, one(2), number(1)}, .error = "lion_update: input 1"}};
  }
};

struct DecayUpdate {
  struct Attrs {};
  static constexpr std::string_view name = "decay_update";
  static constexpr std::string_view doc =
      "p = p * factor: decoupled weight decay, with factor = 1 - learning_rate * weight_decay. Inputs p, factor.\n"
      "Source: Loshchilov and Hutter 2019.";
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::update;
  static constexpr int results = 1;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) { return infer_update("decay_update", in, 1, 1); }
  static PointwiseProgram program(const percept::Attrs&, Specs in) {
    PointwiseProgram program = start_program(in);
    const Lane p = Lane(program, 0) * Lane(program, 1);
    program.results = {p.slot()};
    return program;
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{2}, {1, -2}}, number(0.5)}, .expect = {0.5, -1}},
            {.inputs = {one(1), one(1)}, .error = "scalars rank 0"}};
  }
};

}  // namespace

void amsgrad_update(State& parameter, State& m, State& v, State& v_max, const Tensor& grad, const Tensor& step_size,
                    const Tensor& correction2_sqrt, double beta1, double beta2, double eps, double weight_decay) {
  State* states[] = {&parameter, &m, &v, &v_max};
  apply_update(op_of<AmsgradUpdate>(), Attrs::of(MomentAttrs{beta1, beta2, eps, weight_decay}), states,
               {aligned(grad, parameter), step_size, correction2_sqrt}, {});
}
void adagrad_update(State& parameter, State& square_sum, const Tensor& grad, const Tensor& learning_rate, double eps,
                    double weight_decay) {
  State* states[] = {&parameter, &square_sum};
  apply_update(op_of<AdagradUpdate>(), Attrs::of(AdagradAttrs{eps, weight_decay}), states,
               {aligned(grad, parameter), learning_rate}, {});
}
void adamax_update(State& parameter, State& m, State& u, const Tensor& grad, const Tensor& step_size, double beta1,
                   double beta2, double eps, double weight_decay) {
  State* states[] = {&parameter, &m, &u};
  apply_update(op_of<AdamaxUpdate>(), Attrs::of(MomentAttrs{beta1, beta2, eps, weight_decay}), states,
               {aligned(grad, parameter), step_size}, {});
}
void nadam_update(State& parameter, State& m, State& v, const Tensor& grad, const Tensor& grad_size,
                  const Tensor& m_size, const Tensor& correction2, double beta1, double beta2, double eps,
                  double weight_decay) {
  State* states[] = {&parameter, &m, &v};
  apply_update(op_of<NadamUpdate>(), Attrs::of(MomentAttrs{beta1, beta2, eps, weight_decay}), states,
               {aligned(grad, parameter), grad_size, m_size, correction2}, {});
}
void lion_update(State& parameter, State& m, const Tensor& grad, const Tensor& learning_rate, double beta1,
                 double beta2, double weight_decay) {
  State* states[] = {&parameter, &m};
  apply_update(op_of<LionUpdate>(), Attrs::of(MomentAttrs{beta1, beta2, 0, weight_decay}), states,
               {aligned(grad, parameter), learning_rate}, {});
}
void decay_update(State& parameter, const Tensor& factor) {
  State* states[] = {&parameter};
  apply_update(op_of<DecayUpdate>(), {}, states, {factor}, {});
}

std::vector<const Op*> ops_adaptive_updates() {
  return {&op_of<AmsgradUpdate>(), &op_of<AdagradUpdate>(), &op_of<AdamaxUpdate>(),
          &op_of<NadamUpdate>(),   &op_of<LionUpdate>(),    &op_of<DecayUpdate>()};
}

}  // namespace percept
