// rectifiers.cpp - activations with one kink: leaky_relu, elu, celu, selu, threshold; and prelu, whose slope is learnt.
#include "percept/base/text.h"
#include "percept/ops/pointwise/activation.h"

namespace percept {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct LeakyRelu {
  struct Attrs {
    double negative_slope = 0.01;
  };
  static constexpr std::string_view name = "leaky_relu";
  static constexpr std::string_view doc =
      "x where x > 0, else negative_slope x; the derivative at 0 is negative_slope. Floating dtypes. Source: Maas,\n"
      "Hannun, Ng 2013.";
  static constexpr double low = -2, high = 2;

  static ProgramLane value(ProgramLane x, const Attrs& a) { return where(x > 0, x, x * a.negative_slope); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(x > 0, g, g * a.negative_slope);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}), {-200, 0, 3}, {-2, 0, 3}, {0.01, 0.01, 1}},
            {percept::Attrs::of(Attrs{0.5}), {-2, 0, kInf}, {-1, 0, kInf}, {0.5, 0.5, 1}}};
  }
};

struct Elu {
  struct Attrs {
    double alpha = 1;
  };
  static constexpr std::string_view name = "elu";
  static constexpr std::string_view doc =
      "x where x > 0, else alpha (e^x - 1); the derivative at 0 is alpha. Floating dtypes. Source: Clevert, "
      "Unterthiner,\n"
      "Hochreiter 2016.";
  static constexpr double low = -2, high = 2;

  static ProgramLane value(ProgramLane x, const Attrs& a) { return where(x > 0, x, expm1(x) * a.alpha); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(x <= 0, g * exp(minimum(x, 0)) * a.alpha, g);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}), {-1, 0, 2}, {-0.6321205588285577, 0, 2}, {0.36787944117144233, 1, 1}},
            {percept::Attrs::of(Attrs{2}),
             {-1, 0, 3, -kInf, kInf},
             {-1.2642411176571153, 0, 3, -2, kInf},
             {0.7357588823428847, 2, 1, 0, 1}}};
  }
};

struct Celu {
  struct Attrs {
    double alpha = 1;
  };
  static constexpr std::string_view name = "celu";
  static constexpr std::string_view doc =
      "x where x > 0, else alpha (e^(x / alpha) - 1): its derivative is continuous for every alpha > 0. Floating "
      "dtypes.\n"
      "Source: Barron 2017.";
  static constexpr double low = -2, high = 2;

  static void refuse(const Attrs& a) {
    if (!(a.alpha > 0)) throw ValueError("celu: alpha is " + number(a.alpha), "alpha must be positive");
  }
  static ProgramLane value(ProgramLane x, const Attrs& a) { return where(x > 0, x, expm1(x / a.alpha) * a.alpha); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(x <= 0, g * exp(minimum(x / a.alpha, 0)), g);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{2}),
             {-1, 0, 3, -kInf, kInf},
             {-0.7869386805747332, 0, 3, -2, kInf},
             {0.6065306597126334, 1, 1, 0, 1}}};
  }
  static std::vector<std::pair<percept::Attrs, std::string>> refused() {
    return {{percept::Attrs::of(Attrs{0}), "alpha is 0"}};
  }
};

struct Selu {
  struct Attrs {};
  static constexpr std::string_view name = "selu";
  static constexpr std::string_view doc =
      "1.0507 x where x > 0, else 1.0507 * 1.6733 (e^x - 1): activations keep mean 0 and variance 1. Floating dtypes.\n"
      "Source: Klambauer et al. 2017, with the numbers of their appendix in full.";
  static constexpr double low = -2, high = 2;
  static constexpr double kScale = 1.0507009873554804934193349852946, kAlpha = 1.6732632423543772848170429916717;

  static ProgramLane value(ProgramLane x, const Attrs&) {
    return where(x > 0, x * kScale, expm1(x) * (kScale * kAlpha));
  }
  template <class L>
  static L gradient(L g, L x, const Attrs&) {
    return where(x <= 0, g * exp(minimum(x, 0)) * (kScale * kAlpha), g * kScale);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{}),
             {-1, 0, 3, -kInf},
             {-1.1113307378125625, 0, 3.1521029620664414, -1.7580993408473766},
             {0.646768603034814, 1.7580993408473766, 1.0507009873554805, 0}}};
  }
};

struct Threshold {
  struct Attrs {
    double threshold = 0, value = 0;
  };
  static constexpr std::string_view name = "threshold";
  static constexpr std::string_view doc =
      "x where x > threshold, else value; the derivative at the threshold is 0. NaN stays NaN. Floating dtypes.";
  static constexpr double low = -2, high = 4;

  static ProgramLane value(ProgramLane x, const Attrs& a) { return where(x <= a.threshold, a.value, x); }
  template <class L>
  static L gradient(L g, L x, const Attrs& a) {
    return where(x <= a.threshold, 0.0, g);
  }
  static std::vector<Worked> worked() {
    return {{percept::Attrs::of(Attrs{1, 5}), {0, 1, 2, kInf}, {5, 5, 2, kInf}, {0, 0, 1, 1}}};
  }
};

struct Prelu {
  struct Attrs {};
  static constexpr std::string_view name = "prelu";
  static constexpr std::string_view doc =
      "x where x > 0, else weight x. weight: one number, or one per channel laid out as [C, 1, ...] so that it\n"
      "broadcasts to x (the public function takes [C]); x and weight of one floating dtype. At 0 the derivatives are\n"
      "weight and 0. Source: He et al. 2015.";
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::pointwise;
  static constexpr std::uint32_t saves_inputs = 3;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    if (!is_floating(in[0].dtype) || in[1].dtype != in[0].dtype)
      throw DTypeError(
          "prelu: x is " + std::string(name_of(in[0].dtype)) + ", weight is " + std::string(name_of(in[1].dtype)),
          "cast both to one floating dtype");
    if (broadcast(in[0].shape, in[1].shape, "prelu") != in[0].shape)
      throw ShapeError("prelu: weight of shape " + str(in[1].shape) + " does not fit x of shape " + str(in[0].shape),
                       "give one weight, or one for each channel (axis 1) of x");
    return {pointwise_result(in.first(1), in[0].dtype, "prelu")};
  }
  static PointwiseProgram program(const percept::Attrs&, Specs in) {
    PointwiseProgram program;
    program.inputs = {in[0].dtype, in[1].dtype};
    const ProgramLane x(program, 0), weight(program, 1);
    program.results = {where(x > 0, x, weight * x).slot()};
    return program;
  }
  static Grads backward(const BackwardContext& c) {
    const Tensor x = c.input(0), positive = x > 0, g = c.grad();
    Grads grads(2);
    if (c.needs(0)) grads[0] = where(positive, g, g * c.input(1));
    if (c.needs(1)) grads[1] = unbroadcast(where(positive, 0.0, g * where(positive, 0.0, x)), c.input_spec(1).shape);
    return grads;
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{4}, {-2, 0, 3, kInf}}, {{1}, {0.25}}}, .expect = {-0.5, 0, 3, kInf}},
            {.inputs = {{{2, 3, 2}}, {{3, 1}}}},
            {.inputs = {{{2, 3}}, {{}}}},
            {.inputs = {{{0, 3}}, {{3}}}},
            {.inputs = {{{3}}, {{2, 3}}}, .error = "does not fit x"},
            {.inputs = {{{3}}, {{2}}}, .error = "do not broadcast"},
            {.inputs = {{{2}, {}, DType::i64}, {{1}}}, .error = "x is i64"}};
  }
};

}  // namespace

Tensor leaky_relu(Arg x, double negative_slope) { return Activation<LeakyRelu>::call({negative_slope}, x); }
Tensor elu(Arg x, double alpha) { return Activation<Elu>::call({alpha}, x); }
Tensor celu(Arg x, double alpha) { return Activation<Celu>::call({alpha}, x); }
Tensor selu(Arg x) { return Activation<Selu>::call({}, x); }
Tensor threshold(Arg x, double threshold, double value) { return Activation<Threshold>::call({threshold, value}, x); }

Tensor prelu(Arg x, Arg weight) {
  const Tensor input = x.tensor();
  Tensor slope = weight.tensor(input.defined() ? input.dtype() : DType::f32);
  if (input.defined() && slope.defined() && slope.numel() != 1) {  // [C] to [C, 1, ...], along axis 1
    const Shape& shape = input.shape();
    if (slope.rank() != 1 || shape.rank() < 2 || slope.shape()[0] != shape[1]) {
      ShapeError error("prelu: weight of shape " + str(slope.shape()) + " does not fit x of shape " + str(shape),
                       "give one weight, or one for each channel (axis 1) of x");
      error.set_where(x.site());
      throw error;
    }
    Shape along(shape.size() - 1, 1);
    along[0] = slope.shape()[0];
    slope = reshape(Arg(slope, x.site().file, x.site().line), along);
  } else if (slope.defined() && slope.rank() > 0) {
    slope = reshape(Arg(slope, x.site().file, x.site().line), {});
  }
  return apply_one<Prelu>({}, {input, slope}, x.site());
}

std::vector<const Op*> ops_rectifiers() {
  return {&Activation<LeakyRelu>::op(),
          &Activation<LeakyRelu>::grad_op(),
          &Activation<Elu>::op(),
          &Activation<Elu>::grad_op(),
          &Activation<Celu>::op(),
          &Activation<Celu>::grad_op(),
          &Activation<Selu>::op(),
          &Activation<Selu>::grad_op(),
          &Activation<Threshold>::op(),
          &Activation<Threshold>::grad_op(),
          &op_of<Prelu>()};
}

}  // namespace percept
