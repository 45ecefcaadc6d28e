// smooth.cpp - activations without kinks: gelu, silu, mish, softplus, log_sigmoid, tanh_shrink. Where x times a factor
// that vanishes is asked for, x is held within bounds beyond which the product is 0 anyway: no inf * 0.
#include <numbers>

#include "percept/base/text.h"
#include "percept/ops/pointwise/activation.h"

namespace percept {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Gelu {
  struct Attrs {
    std::string approximate = "none";
  };
  static constexpr std::string_view name = "gelu";
  static constexpr std::string_view doc =
      "x Phi(x), Phi the normal distribution function: 0.5 x (1 + erf(x / sqrt 2)); with approximate = \"tanh\"\n"
      "0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Floating dtypes. 0 at -inf. Source: Hendrycks, Gimpel 2016.";
  static constexpr double low = -3, high = 3;
  static constexpr double kSlope = 0.7978845608028654;  // sqrt(2 / pi)

  static void refuse(const Attrs& a) {
    if (a.approximate != "none" && a.approximate != "tanh")
      throw ValueError("gelu: approximate is '" + a.approximate + "'", "use \"none\" or \"tanh\"");
  }
  template <class L>
  static L tanh_of(const L& x) {
    return tanh(x * (1 + square(x) * 0.044715) * kSlope);
  }
  static ProgramLane value(ProgramLane x, const Attrs& a) {
    if (a.approximate == "tanh") return maximum(x, -20) * 0.5 * (1 + tanh_of(x));
    return maximum(x, -40) * 0.5 * (1 + erf(x * (1 / std::numbers::sqrt2)));
  }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    if (a.approximate == "tanh") {
      const L k = between(x, -20, 20), t = tanh_of(k);
      return g * (0.5 * (1 + t) + k * 0.5 * (1 - square(t)) * (1 + square(k) * (3 * 0.044715)) * kSlope);
    }
    const L k = between(x, -40, 40);
    return g * (0.5 * (1 + erf(x * (1 / std::numbers::sqrt2))) + k * exp(square(k) * -0.5) * (kSlope / 2));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 2, -kInf, kInf},
             {-0.15865525393145707, 0, 1.9544997361036416, 0, kInf},
             {-0.08331547058768629, 0.5, 1.0852318010781635, 0, 1}},
            {percept::Attrs::of(Attrs{"tanh"}),
             {-1, 0, 2, -kInf, 1e300},
             {-0.15880800939172324, 0, 1.954597694087775, 0, 1e300},
             {-0.08296408407433868, 0.5, 1.0860992566236118, 0, 1}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{"fast"}), "approximate is 'fast'"}};
  }
};

struct Silu {
  struct Attrs {};
  static constexpr std::string_view name = "silu";
  static constexpr std::string_view doc =
      "x sigmoid(x), also called swish. Floating dtypes. 0 at -inf. Source: Elfwing, Uchibe, Doya 2017.";
  static constexpr double low = -3, high = 3;

  static ProgramLane value(ProgramLane x, const Attrs&) { return maximum(x, -1000) * sigmoid(x); }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    const L s = sigmoid(x);
    return g * s * (1 + between(x, -1000, 1000) * (1 - s));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 2, -kInf, kInf},
             {-0.2689414213699951, 0, 1.7615941559557649, 0, kInf},
             {0.07232948812851325, 0.5, 1.0907842487848955, 0, 1}}};
  }
};

// tanh(log(1 + e^x)) = w / (w + 2) with w = e^x (e^x + 2): one exponential, exact for small and large x.
struct Mish {
  struct Attrs {};
  static constexpr std::string_view name = "mish";
  static constexpr std::string_view doc = "x tanh(log(1 + e^x)). Floating dtypes. 0 at -inf. Source: Misra 2019.";
  static constexpr double low = -3, high = 3;

  static ProgramLane value(ProgramLane x, const Attrs&) {
    const ProgramLane e = exp(minimum(x, 20)), w = e * (e + 2);
    return maximum(x, -1000) * (w / (w + 2));
  }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    const L k = between(x, -1000, 20), e = exp(k), w = e * (e + 2), d = w + 2;
    return g * (w / d + k * (e * 4 * (e + 1)) / square(d));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 2, -kInf, kInf},
             {-0.3034014613741089, 0, 1.9439589595339946, 0, kInf},
             {0.059216755877394944, 0.6, 1.0693179342794896, 0, 1}}};
  }
};

struct Softplus {
  struct Attrs {
    double beta = 1, threshold = 20;
  };
  static constexpr std::string_view name = "softplus";
  static constexpr std::string_view doc =
      "log(1 + e^(beta x)) / beta, and x itself where beta x > threshold. beta > 0. Floating dtypes. Source: Dugas et\n"
      "al. 2001.";
  static constexpr double low = -2, high = 2;

  static void refuse(const Attrs& a) {
    if (!(a.beta > 0)) throw ValueError("softplus: beta is " + number(a.beta), "beta must be positive");
  }
  static ProgramLane value(ProgramLane x, const Attrs& a) {
    const ProgramLane b = x * a.beta;
    return where(b > a.threshold, x, (maximum(b, 0) + log1p(exp(-abs(b)))) / a.beta);
  }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    const L b = x * a.beta;
    return where(b > a.threshold, g, g * sigmoid(b));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {0, -800, 19, 1000},
             {0.6931471805599453, 0, 19.000000005602796, 1000},
             {0.5, 0, 0.9999999943972036, 1}},
            {percept::Attrs::of(Attrs{2, 3}),
             {-1, 0, 1, 1.5, 2, -kInf, kInf},
             {0.06346400552148627, 0.34657359027997264, 1.0634640055214863, 1.5242936756763362, 2, 0, kInf},
             {0.11920292202211755, 0.5, 0.8807970779778823, 0.9525741268224334, 1, 0, 1}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{0, 20}), "beta is 0"}};
  }
};

struct LogSigmoid {
  struct Attrs {};
  static constexpr std::string_view name = "log_sigmoid";
  static constexpr std::string_view doc =
      "log(sigmoid(x)) = min(x, 0) - log(1 + e^-|x|): no overflow. Floating dtypes.";
  static constexpr double low = -3, high = 3;

  static ProgramLane value(ProgramLane x, const Attrs&) { return minimum(x, 0) - log1p(exp(-abs(x))); }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return g * sigmoid(-x);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 2, -kInf, kInf},
             {-1.3132616875182228, -0.6931471805599453, -0.1269280110429726, -kInf, 0},
             {0.7310585786300049, 0.5, 0.11920292202211755, 1, 0}}};
  }
};

struct TanhShrink {
  struct Attrs {};
  static constexpr std::string_view name = "tanh_shrink";
  static constexpr std::string_view doc = "x - tanh(x). Floating dtypes.";
  static constexpr double low = -3, high = 3;

  static ProgramLane value(ProgramLane x, const Attrs&) { return x - tanh(x); }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return g * square(tanh(x));
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 1, kInf},
             {-0.2384058440442351, 0, 0.2384058440442351, kInf},
             {0.5800256583859739, 0, 0.5800256583859739, 1}}};
  }
};

}  // namespace

Tensor gelu(Arg x, const std::string& approximate) { return Activation<Gelu>::call({approximate}, x); }
Tensor silu(Arg x) { return Activation<Silu>::call({}, x); }
Tensor mish(Arg x) { return Activation<Mish>::call({}, x); }
Tensor softplus(Arg x, double beta, double threshold) { return Activation<Softplus>::call({beta, threshold}, x); }
Tensor log_sigmoid(Arg x) { return Activation<LogSigmoid>::call({}, x); }
Tensor tanh_shrink(Arg x) { return Activation<TanhShrink>::call({}, x); }

std::vector<const Op*> ops_smooth() {
  return {&Activation<Gelu>::op(),       &Activation<Gelu>::grad_op(),
          &Activation<Silu>::op(),       &Activation<Silu>::grad_op(),
          &Activation<Mish>::op(),       &Activation<Mish>::grad_op(),
          &Activation<Softplus>::op(),   &Activation<Softplus>::grad_op(),
          &Activation<LogSigmoid>::op(), &Activation<LogSigmoid>::grad_op(),
          &Activation<TanhShrink>::op(), &Activation<TanhShrink>::grad_op()};
}

}  // namespace percept
