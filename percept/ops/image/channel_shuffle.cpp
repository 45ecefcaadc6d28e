// channel_shuffle.cpp - channels of several groups dealt out in turn.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct ChannelShuffleAttrs {
  std::int64_t groups = 1;
};

struct ChannelShuffle {
  using Attrs = ChannelShuffleAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "channel_shuffle";
  static constexpr std::string_view doc =
      "y[b, i g + j, ...] = x[b, j (C / g) + i, ...], g being `groups`: the first channel of every group, then the\n"
      "second of every group, and so on. x: [B, C, ...] of rank 3 or more, any dtype. Result: like x.\n"
      "Composed of reshape and permute. Errors: ranks below 3, groups below 1, channels that groups does not divide.\n"
      "Source: Zhang et al. 2017, \"ShuffleNet\"; PyTorch's channel_shuffle.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::int64_t groups = attrs.as<Attrs>().groups;
    const Shape x = in[0].shape();
    if (x.rank() < 3)
      throw ShapeError("channel_shuffle: x is " + str(x) + ", of rank " + std::to_string(x.rank()),
                       "pass [batch, channels, length] or [batch, channels, height, width]");
    if (groups < 1) throw ValueError("channel_shuffle: groups is " + std::to_string(groups), "use at least 1");
    if (x[1] % groups != 0)
      throw ShapeError(
          "channel_shuffle: groups " + std::to_string(groups) + " does not divide the channels of x " + str(x),
          "the channels must be a multiple of groups");
    Shape parts{x[0], groups, x[1] / groups};
    Dims order{0, 2, 1};
    for (int axis = 2; axis < x.rank(); ++axis) {
      parts.push_back(x[static_cast<std::size_t>(axis)]);
      order.push_back(axis + 1);
    }
    return {reshape(permute(reshape(in[0], parts), order), x)};
  }

  static std::vector<Sample> samples() {
    const auto by = [](std::int64_t groups) { return percept::Attrs::of(Attrs{groups}); };
    const SampleInput six{.shape = {1, 6, 1}};
    const std::string who = "channel_shuffle";
    return {
        {.attrs = by(2), .inputs = {six}, .expect = {0, 3, 1, 4, 2, 5}},
        {.attrs = by(3), .inputs = {six}, .expect = {0, 2, 4, 1, 3, 5}},
        {.attrs = by(1), .inputs = {six}, .expect = {0, 1, 2, 3, 4, 5}},
        {.attrs = by(6), .inputs = {six}, .expect = {0, 1, 2, 3, 4, 5}},
        {.attrs = by(2), .inputs = {{.shape = {1, 4, 1, 2}}}, .expect = {0, 1, 4, 5, 2, 3, 6, 7}},
        {.attrs = by(2), .inputs = {{.shape = {1, 4, 1}, .dtype = DType::i64}}, .expect = {0, 2, 1, 3}},
        {.attrs = by(2), .inputs = {{.shape = {2, 6, 2, 3}}}},
        {.attrs = by(2), .inputs = {{.shape = {2, 4, 2, 1, 2}}}},
        {.attrs = by(2), .inputs = {{.shape = {0, 4, 3}}}},
        {.attrs = by(2), .inputs = {{.shape = {1, 0, 3}}}},
        {.attrs = by(0), .inputs = {six}, .error = who + ": groups is 0"},
        {.attrs = by(-2), .inputs = {six}, .error = who + ": groups is -2"},
        {.attrs = by(4), .inputs = {six}, .error = who + ": groups 4 does not divide the channels of x [1, 6, 1]"},
        {.attrs = by(2), .inputs = {{.shape = {2, 4}}}, .error = who + ": x is [2, 4], of rank 2"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_channel_shuffle() { return {&op_of<ChannelShuffle>()}; }

Tensor channel_shuffle(Arg x, std::int64_t groups) {
  return apply_one<ChannelShuffle>({groups}, {x.tensor()}, x.site());
}

}  // namespace percept
