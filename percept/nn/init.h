// init.h - first values of parameters, by name and arguments, as recipes write them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "percept/base/value.h"
#include "percept/core/state.h"

namespace percept {

// How a parameter gets its first values: {"zeros"}, {.type = "truncated_normal", .std = 0.1}. In recipes "zeros" or
// { type = "truncated_normal", std = 0.1 }. Only the arguments beside each name count; U(b) is uniform in +-b, N(s)
// normal with mean 0 and deviation s, TN(s) the same drawn again beyond 2 s and widened so that its deviation is s.
// clang-format off
//   default; zeros, ones                                 default: the layer's own, which is PyTorch's
//   constant            value
//   eye, identity       gain                             gain on the diagonal of a matrix
//   dirac               groups                           a convolution that hands its channels through
//   uniform, normal     low, high; mean, std
//   truncated_normal    mean, std                        drawn again beyond 2 std, not widened: Keras's (PyTorch's cuts at +-2)
//   random_uniform, random_normal                        Keras's: U(0.05), N(0.05)
//   xavier_uniform, xavier_normal    gain                U(gain sqrt(6 / (fan_in + fan_out))), N(gain sqrt(2 / (fan_in + fan_out)))
//   glorot_uniform, glorot_normal                        xavier_uniform with gain 1; TN(sqrt(2 / (fan_in + fan_out)))
//   kaiming_uniform, kaiming_normal  a, mode, nonlinearity   U(sqrt(3 / fan) g), N(g / sqrt(fan)); g = calculate_gain(nonlinearity, a)
//   he_uniform, he_normal                                U(sqrt(6 / fan_in)), TN(sqrt(2 / fan_in))
//   lecun_uniform, lecun_normal                          U(sqrt(3 / fan_in)), TN(sqrt(1 / fan_in))
//   orthogonal          gain                             rows (or columns, the fewer) orthonormal, times gain
//   variance_scaling    scale, mode, distribution        variance scale / fan; "truncated_normal", "untruncated_normal", "uniform"
// mode is "fan_in" or "fan_out", of variance_scaling also "fan_avg". Fans are PyTorch's: weight.shape[1] and [0] times the window.
// clang-format on
// Sources: Glorot and Bengio 2010, equation 16; He et al. 2015, section 2.2; LeCun et al. 1998; Saxe et al. 2014.
struct Init {
  std::string type = "default";
  double value = 0;
  double low = 0, high = 1;
  double mean = 0, std = 1;
  double a = 0;  // slope of a leaky ReLU
  double gain = 1;
  std::string mode = "fan_in";
  std::string nonlinearity = "leaky_relu";
  double scale = 1;
  std::string distribution = "truncated_normal";
  std::int64_t groups = 1;
  friend bool operator==(const Init&, const Init&) = default;
};

Value to_value(const Init& init);
void from_value(const Value& value, Init& out, std::string_view context);

// How much a nonlinearity shrinks: 1 (linear, sigmoid, conv...), 5/3 (tanh), sqrt(2) (relu), sqrt(2 / (1 + a^2))
// (leaky_relu), 3/4 (selu). ValueError for an unknown name. PyTorch's table.
double calculate_gain(std::string_view nonlinearity, double a = 0.01);

// Inputs and outputs of one unit, for the initialisations that scale by them.
struct Fan {
  double in = 0, out = 0;
};
// Of a weight [out, in, ...]: the trailing sizes count for both.
Fan fan_of(const Shape& weight);

// ValueError for an unknown name or word, a negative std, or a range that is empty or not finite.
void check_init(const Init& init, std::string_view who);
// The values; `fallback` stands for "default". The same key gives the same values. ShapeError where the shape does not
// suit: eye takes matrices, dirac convolutions, orthogonal two axes or more.
Tensor initial_values(const Init& init, const Init& fallback, const Shape& shape, RandomKey key, Fan fan);

// Gives a built state new first values, from the default generator's next stream: PyTorch's nn.init.*_(weight).
void initialize(State& state, const Init& init);
// The same for what a layer may lack (bias = false, affine = false). ValueError where it does.
void initialize(std::optional<Parameter>& parameter, const Init& init);

// The pair that Linear and Conv2d have. PyTorch's defaults: kaiming_uniform with a = sqrt(5) for the weight, which is
// U(-b, b) with b = 1 / sqrt(fan_in), and the same range for the bias.
Parameter weight_parameter(const Init& init);
Parameter bias_parameter(const Init& init);
// Settles a bias whose range follows from the weight it goes with.
void settle_bias(Parameter& bias, const Init& init, const Shape& shape, const Shape& weight_shape);

}  // namespace percept
