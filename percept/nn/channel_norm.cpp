// channel_norm.cpp - the states of norms over channels.
#include "percept/nn/channel_norm.h"

#include "percept/nn/layers/norm_states.h"
#include "percept/ops/ops.h"

namespace percept {

ChannelNorm::ChannelNorm(const char* who, std::int64_t num_features, double eps, const std::optional<double>& momentum,
                         bool affine, bool track_running_stats) {
  if (num_features != -1) check_option(who, "num_features", num_features, 1);
  check_layer_eps(who, eps);
  check_momentum(who, momentum);
  if (affine) {
    weight.emplace(filled(1));
    bias.emplace(filled(0));
  }
  if (track_running_stats) {
    running_mean.emplace(filled(0));
    running_var.emplace(filled(1));
    num_batches_tracked.emplace(zeros({}, DType::i64));
  }
  if (num_features > 0) settle(num_features);
}

void ChannelNorm::settle(std::int64_t channels) {
  for (std::optional<Parameter>* state : {&weight, &bias})
    if (*state) (*state)->settle({channels});
  for (std::optional<Buffer>* state : {&running_mean, &running_var})
    if (*state) (*state)->settle({channels});
}

void ChannelNorm::meet_channels_of(const Tensor& x) const {
  const State* const states[] = {weight ? &*weight : nullptr, bias ? &*bias : nullptr,
                                 running_mean ? &*running_mean : nullptr, running_var ? &*running_var : nullptr};
  const std::int64_t channels = x.size(1);
  bool open = false;
  for (const State* state : states) {
    if (state == nullptr) continue;
    open = open || !state->built();
    if (state->built() && state->shape() != Shape{channels})
      throw ShapeError("the input " + str(x.shape()) + " has " + number(channels) +
                           " channels, the layer has states of " + str(state->shape()),
                       "give num_features the channels of the input, or build it with inputs of this shape");
  }
  if (!open) return;
  check_building("num_features");
  to_settle(*this).settle(channels);
}

Arg ChannelNorm::scale_for(const Tensor& x) const { return weight ? Arg(*weight) : Arg(ones({x.size(1)}, x.dtype())); }
Arg ChannelNorm::shift_for(const Tensor& x) const { return bias ? Arg(*bias) : Arg(zeros({x.size(1)}, x.dtype())); }

Tensor ChannelNorm::by_running_statistics(const Arg& x, double eps) const {
  const Tensor input = x.tensor();
  return normalize(x, scale_for(input), shift_for(input), *running_mean, *running_var, eps);
}

}  // namespace percept
