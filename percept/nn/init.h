// init.h - first values of parameters, by name and arguments, as recipes write them.
#pragma once
#include <string>
#include <string_view>

#include "percept/base/value.h"
#include "percept/core/state.h"

namespace percept {

// How a parameter gets its first values: {"zeros"}, {.type = "truncated_normal", .std = 0.1}. In recipes "zeros" or
// { type = "truncated_normal", std = 0.1 }. Only the arguments beside each name count:
//   default                           the layer's own, which is PyTorch's
//   zeros, ones
//   constant          value
//   uniform           low, high       U(low, high)
//   normal            mean, std
//   truncated_normal  mean, std       drawn again beyond 2 std from the mean
//   kaiming_uniform   a               U(-b, b), b = sqrt(6 / ((1 + a^2) fan_in)); a: slope of a leaky ReLU
//   xavier_uniform    gain            U(-b, b), b = gain sqrt(6 / (fan_in + fan_out))
// Sources: He et al. 2015, section 2.2; Glorot and Bengio 2010, equation 16.
struct Init {
  std::string type = "default";
  double value = 0;
  double low = 0, high = 1;
  double mean = 0, std = 1;
  double a = 0;
  double gain = 1;
  friend bool operator==(const Init&, const Init&) = default;
};

Value to_value(const Init& init);
void from_value(const Value& value, Init& out, std::string_view context);

// Inputs and outputs of one unit, for the initialisations that scale by them.
struct Fan {
  double in = 0, out = 0;
};
// Of a weight [out, in, ...]: the trailing sizes count for both.
Fan fan_of(const Shape& weight);

// ValueError for an unknown name, a negative std, or a range that is empty or not finite.
void check_init(const Init& init, std::string_view who);
// The values; `fallback` stands for "default". The same key gives the same values.
Tensor initial_values(const Init& init, const Init& fallback, const Shape& shape, RandomKey key, Fan fan);

// The pair that Linear and Conv2d have. PyTorch's defaults: kaiming_uniform with a = sqrt(5) for the weight, which is
// U(-b, b) with b = 1 / sqrt(fan_in), and the same range for the bias.
Parameter weight_parameter(const Init& init);
Parameter bias_parameter(const Init& init);
// Settles a bias whose range follows from the weight it goes with.
void settle_bias(Parameter& bias, const Init& init, const Shape& shape, const Shape& weight_shape);

}  // namespace percept
