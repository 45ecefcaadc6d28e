// hard.cpp - activations of straight pieces: relu6, hard_tanh, hard_sigmoid, hard_swish, hard_shrink, soft_shrink,
// clip.
#include "percept/base/text.h"
#include "percept/ops/pointwise/activation.h"

namespace percept {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Relu6 {
  struct Attrs {};
  static constexpr std::string_view name = "relu6";
  static constexpr std::string_view doc =
      "min(max(x, 0), 6); the derivative at 0 and 6 is 0. Floating dtypes. Source: Krizhevsky 2010.";
  static constexpr double low = -4, high = 8;

  static ProgramLane value(ProgramLane x, const Attrs&) { return between(x, 0, 6); }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return where(x <= 0, 0.0, where(x >= 6, 0.0, g));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}), {-1, 0, 3, 6, 7, kInf}, {0, 0, 3, 6, 6, 6}, {0, 0, 1, 0, 0, 0}}};
  }
};

struct HardTanh {
  struct Attrs {
    double low = -1, high = 1;
  };
  static constexpr std::string_view name = "hard_tanh";
  static constexpr std::string_view doc =
      "min(max(x, low), high), low <= high; the derivative at low and high is 0 (unlike clip's). Floating dtypes.\n"
      "Source: Collobert 2004.";
  static constexpr double low = -2, high = 2;

  static void refuse(const Attrs& a) {
    if (!(a.low <= a.high))
      throw ValueError("hard_tanh: low is " + number(a.low) + ", high is " + number(a.high),
                       "low must not be above high");
  }
  static ProgramLane value(ProgramLane x, const Attrs& a) { return between(x, a.low, a.high); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(x <= a.low, 0.0, where(x >= a.high, 0.0, g));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}), {-2, -1, 0.5, 1, 2}, {-1, -1, 0.5, 1, 1}, {0, 0, 1, 0, 0}},
            {percept::Attrs::of(Attrs{-0.5, 3}), {-2, 2, 3, -kInf}, {-0.5, 2, 3, -0.5}, {0, 1, 0, 0}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{1, -1}), "low must not be above high"}};
  }
};

struct HardSigmoid {
  struct Attrs {};
  static constexpr std::string_view name = "hard_sigmoid";
  static constexpr std::string_view doc =
      "min(max(x + 3, 0), 6) / 6; the derivative at -3 and 3 is 0. Floating dtypes. Source: Howard et al. 2019.";
  static constexpr double low = -5, high = 5;

  static ProgramLane value(ProgramLane x, const Attrs&) { return between(x + 3, 0, 6) / 6; }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return where(logical_and(x > -3, x < 3), g / 6, 0.0);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-4, -3, 0, 1.5, 3, 4, -kInf},
             {0, 0, 0.5, 0.75, 1, 1, 0},
             {0, 0, 1. / 6, 1. / 6, 0, 0, 0}}};
  }
};

struct HardSwish {
  struct Attrs {};
  static constexpr std::string_view name = "hard_swish";
  static constexpr std::string_view doc =
      "x min(max(x + 3, 0), 6) / 6; the derivative at -3 is 0, at 3 it is 1. Floating dtypes. Source: Howard et al.\n"
      "2019.";
  static constexpr double low = -5, high = 5;

  static ProgramLane value(ProgramLane x, const Attrs&) { return maximum(x, -3) * (between(x + 3, 0, 6) / 6); }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return where(x <= -3, 0.0, where(x < 3, g * (between(x, -3, 3) / 3 + 0.5), g));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-4, -3, 0, 1.5, 3, 4, -kInf, kInf},
             {0, 0, 0, 1.125, 3, 4, 0, kInf},
             {0, 0, 0.5, 1, 1, 1, 0, 1}}};
  }
};

struct ShrinkAttrs {
  double lambda = 0.5;
};
void refuse_lambda(const char* who, double lambda) {
  if (!(lambda >= 0))
    throw ValueError(std::string(who) + ": lambda is " + std::to_string(lambda), "lambda must not be negative");
}

struct HardShrink {
  using Attrs = ShrinkAttrs;
  static constexpr std::string_view name = "hard_shrink";
  static constexpr std::string_view doc =
      "0 where |x| <= lambda, else x; the derivative at +-lambda is 0. lambda >= 0. Floating dtypes.";
  static constexpr double low = -2, high = 2;

  static void refuse(const Attrs& a) { refuse_lambda("hard_shrink", a.lambda); }
  static ProgramLane value(ProgramLane x, const Attrs& a) { return where(abs(x) <= a.lambda, 0.0, x); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(abs(x) <= a.lambda, 0.0, g);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}), {-1, -0.5, 0.25, 0.5, 2, kInf}, {-1, 0, 0, 0, 2, kInf}, {1, 0, 0, 0, 1, 1}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{-1}), "lambda is -1"}};
  }
};

struct SoftShrink {
  using Attrs = ShrinkAttrs;
  static constexpr std::string_view name = "soft_shrink";
  static constexpr std::string_view doc =
      "x moved towards 0 by lambda, 0 where |x| <= lambda; the derivative at +-lambda is 0. lambda >= 0. NaN stays "
      "NaN.\n"
      "Floating dtypes. Source: Donoho 1995.";
  static constexpr double low = -2, high = 2;

  static void refuse(const Attrs& a) { refuse_lambda("soft_shrink", a.lambda); }
  static ProgramLane value(ProgramLane x, const Attrs& a) {
    return where(x > a.lambda, x - a.lambda, where(x < -a.lambda, x + a.lambda, x * 0.0));
  }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(abs(x) <= a.lambda, 0.0, g);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, -0.5, 0.25, 0.5, 2, -kInf},
             {-0.5, 0, 0, 0, 1.5, -kInf},
             {1, 0, 0, 0, 1, 1}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{-1}), "lambda is -1"}};
  }
};

struct Clip {
  struct Attrs {
    double low = -kInf, high = kInf;
  };
  static constexpr std::string_view name = "clip";
  static constexpr std::string_view doc =
      "min(max(x, low), high), PyTorch's clamp: high where low > high; -inf and inf are no bounds. NaN stays NaN. Any\n"
      "dtype but bool; integers stay integers where the bounds are (the public function casts to f32 where not). The\n"
      "derivative is 1 within the bounds and on them, else 0.";
  static constexpr double low = -2, high = 2;
  static constexpr bool takes_integers = true;

  static void refuse(const Attrs& a) {
    if (std::isnan(a.low) || std::isnan(a.high))
      throw ValueError("clip: low is " + number(a.low) + ", high is " + number(a.high),
                       "bounds are numbers; -inf and inf mean none");
  }
  // Bounds beyond +-2^53 say nothing to integers: they are left out, as infinite ones are.
  static bool binds(double bound, DType dtype) {
    return is_floating(dtype) ? std::isfinite(bound) : std::abs(bound) <= 0x1p53;
  }
  static ProgramLane value(ProgramLane x, const Attrs& a) {
    if (binds(a.low, x.dtype())) x = maximum(x, a.low);
    if (binds(a.high, x.dtype())) x = minimum(x, a.high);
    return x;
  }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(logical_and(x >= a.low, x <= a.high), g, 0.0);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{-1, 1.5}), {-2, -1, 0, 1.5, 3}, {-1, -1, 0, 1.5, 1.5}, {0, 1, 1, 1, 0}},
            {percept::Attrs::of(Attrs{0, kInf}), {-2, 0, kInf}, {0, 0, kInf}, {0, 1, 1}},
            {percept::Attrs::of(Attrs{}), {-2, 0, 3}, {-2, 0, 3}, {1, 1, 1}},
            {percept::Attrs::of(Attrs{2, 1}), {0, 3}, {1, 1}, {0, 0}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{std::nan(""), 0}), "bounds are numbers"}};
  }
};

bool is_whole(double bound) { return std::isinf(bound) || std::floor(bound) == bound; }

}  // namespace

Tensor relu6(Arg x) { return Activation<Relu6>::call({}, x); }
Tensor hard_tanh(Arg x, double low, double high) { return Activation<HardTanh>::call({low, high}, x); }
Tensor hard_sigmoid(Arg x) { return Activation<HardSigmoid>::call({}, x); }
Tensor hard_swish(Arg x) { return Activation<HardSwish>::call({}, x); }
Tensor hard_shrink(Arg x, double lambda) { return Activation<HardShrink>::call({lambda}, x); }
Tensor soft_shrink(Arg x, double lambda) { return Activation<SoftShrink>::call({lambda}, x); }

Tensor clip(Arg x, double low, double high) {
  const Tensor input = x.tensor();
  const bool exact = !input.defined() || is_floating(input.dtype()) || (is_whole(low) && is_whole(high));
  if (exact) return Activation<Clip>::call({low, high}, x);
  const Arg floating(input, x.site().file, x.site().line);
  return Activation<Clip>::call({low, high}, Arg(cast(floating, DType::f32), x.site().file, x.site().line));
}

std::vector<const Op*> ops_hard() {
  return {&Activation<Relu6>::op(),       &Activation<Relu6>::grad_op(),
          &Activation<HardTanh>::op(),    &Activation<HardTanh>::grad_op(),
          &Activation<HardSigmoid>::op(), &Activation<HardSigmoid>::grad_op(),
          &Activation<HardSwish>::op(),   &Activation<HardSwish>::grad_op(),
          &Activation<HardShrink>::op(),  &Activation<HardShrink>::grad_op(),
          &Activation<SoftShrink>::op(),  &Activation<SoftShrink>::grad_op(),
          &Activation<Clip>::op(),        &Activation<Clip>::grad_op()};
}

}  // namespace percept
