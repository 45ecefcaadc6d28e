// bilinear.cpp - the layer of two inputs that weighs their products.
#include "percept/nn/layers/bilinear.h"

#include <cmath>

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

// PyTorch's range for both states: +-1 / sqrt(in1_features), whatever the other sizes.
Parameter parameter(const Init& init, std::int64_t in1_features) {
  return Parameter([init, in1_features](const Shape& shape, RandomKey key) {
    const double bound = 1 / std::sqrt(static_cast<double>(in1_features > 0 ? in1_features : shape[1]));
    return initial_values(init, {.type = "uniform", .low = -bound, .high = bound}, shape, key, fan_of(shape));
  });
}

void check_inputs(const Tensor& a, const Tensor& b) {
  bool fit = a.rank() > 0 && a.rank() == b.rank();
  for (int axis = 0; fit && axis + 1 < a.rank(); ++axis) fit = a.size(axis) == b.size(axis);
  if (!fit)
    throw ShapeError("the inputs have shapes " + str(a.shape()) + " and " + str(b.shape()),
                     "give [..., in1_features] and [..., in2_features] that agree in all but the last axis");
}

}  // namespace

Bilinear::Bilinear(Options options)
    : weight(parameter(options.weight_init, options.in1_features)), options_(std::move(options)) {
  check_option("Bilinear", "out_features", options_.out_features, 1);
  if (options_.in1_features != -1) check_option("Bilinear", "in1_features", options_.in1_features, 1);
  if (options_.in2_features != -1) check_option("Bilinear", "in2_features", options_.in2_features, 1);
  check_init(options_.weight_init, "Bilinear: weight_init");
  check_init(options_.bias_init, "Bilinear: bias_init");
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in1_features > 0 && options_.in2_features > 0) settle(options_.in1_features, options_.in2_features);
}

void Bilinear::settle(std::int64_t in1_features, std::int64_t in2_features) {
  weight.settle({options_.out_features, in1_features, in2_features});
  // fan_in 3 in1 with the default's a = sqrt(5) would be another range: the bias takes in1 itself.
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_features}, {options_.out_features, in1_features});
}

Tensor Bilinear::operator()(const Arg& a, const Arg& b) const {
  return call_layer(*this, a, [&] {
    const Tensor left = a.tensor(), right = b.tensor();
    check_inputs(left, right);
    if (is_open(weight, bias)) {
      check_building(options_.in1_features == -1 ? "in1_features" : "in2_features");
      to_settle(*this).settle(left.size(-1), right.size(-1));
    }
    check_sizes(weight, {options_.out_features, options_.in1_features, options_.in2_features});
    const std::int64_t in1 = weight.shape()[1], in2 = weight.shape()[2], out = options_.out_features;
    if (left.size(-1) != in1 || right.size(-1) != in2)
      throw ShapeError("the inputs have " + number(left.size(-1)) + " and " + number(right.size(-1)) + " features",
                       "it takes " + number(in1) + " and " + number(in2));
    // [N, in1] x [in1, out in2] -> [N, out, in2], times b, summed over in2.
    const Tensor table = reshape(permute(weight, {1, 0, 2}), {in1, out * in2});
    const Tensor half = reshape(matmul(reshape(a, {-1, in1}), table), {-1, out, in2});
    Tensor y = sum(half * reshape(b, {-1, 1, in2}), {.axes = {2}});
    if (bias) y = y + *bias;
    Shape shape = left.shape();
    shape[shape.size() - 1] = out;
    return reshape(y, shape);
  });
}

std::vector<LayerRecord> layers_bilinear();
std::vector<LayerRecord> layers_bilinear() {
  LayerRecord record{
      "Bilinear",
      "y = a^T weight[o] b + bias[o]: [..., in1_features], [..., in2_features] -> [..., out_features].\n"
      "weight [out_features, in1_features, in2_features], bias [out_features]. Of two inputs: for structs of layers, "
      "not for recipes.",
      [] { return to_value(Bilinear::Options{}); }};
  record.make = [](const Value&, std::string_view context) -> AnyModule {
    throw UsageError(std::string(context) + ": Bilinear has two inputs, a layer of a recipe has one",
                     "write a struct that holds it, and call it with two tensors");
  };
  record.option_names = option_names_of<Bilinear>;
  return {record};
}

}  // namespace percept
