// linear.cpp - the fully connected layer.
#include "percept/nn/layers/linear.h"

#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {

Linear::Linear(Options options) : weight(weight_parameter(options.weight_init)), options_(std::move(options)) {
  check_option("Linear", "out_features", options_.out_features, 1);
  if (options_.in_features != -1) check_option("Linear", "in_features", options_.in_features, 1);
  check_init(options_.weight_init, "Linear: weight_init");
  check_init(options_.bias_init, "Linear: bias_init");
  if (options_.bias) bias.emplace(bias_parameter(options_.bias_init));
  if (options_.in_features > 0) settle(options_.in_features);
}

void Linear::settle(std::int64_t in_features) {
  weight.settle({options_.out_features, in_features});
  if (bias) settle_bias(*bias, options_.bias_init, {options_.out_features}, weight.shape());
}

Tensor Linear::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    if (is_open(weight, bias)) {
      check_building("in_features");
      const Tensor input = x.tensor();
      if (input.rank() != 2)
        throw ShapeError("the input has shape " + str(input.shape()) + ", it takes [B, in_features]",
                         "put Flatten before it, or give in_features to use it on the last axis");
      to_settle(*this).settle(input.size(1));
    }
    check_sizes(weight, {options_.out_features, -1});
    return linear(x, weight, optional_arg(bias));
  });
}

std::vector<LayerRecord> layers_linear();
std::vector<LayerRecord> layers_linear() {
  return {layer_record<Linear>(
      "Linear",
      "y = x weight^T + bias: [B, in_features] -> [B, out_features]; with in_features given also [B, ..., "
      "in_features].\n"
      "in_features may be left out: it is taken from the input when the model is built.\n"
      "weight [out_features, in_features] and bias [out_features] start uniform in +-1 / sqrt(in_features), as "
      "PyTorch's; weight_init and bias_init name others.")};
}

}  // namespace percept
