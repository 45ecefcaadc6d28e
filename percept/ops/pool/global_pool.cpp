// global_pool.cpp - the mean and the maximum of each channel.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

struct NoAttrs {};

// All axes but batch and channels.
Dims inner_axes(const char* who, const Tensor& x) {
  if (x.rank() < 3)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape()) + ", of rank " + std::to_string(x.rank()),
                     "pass [batch, channels, length] or [batch, channels, height, width]");
  check_floating(who, "x", x.dtype());
  Dims axes;
  std::int64_t count = 1;
  for (int axis = 2; axis < x.rank(); ++axis) {
    axes.push_back(axis);
    count = count == 0 ? 0 : x.shape()[static_cast<std::size_t>(axis)];
  }
  if (count == 0)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape()) + ", channels without elements",
                     "height and width must be at least 1");
  return axes;
}

std::vector<Sample> refusals(const std::string& who) {
  const auto none = percept::Attrs::of(NoAttrs{});
  return {
      {.attrs = none, .inputs = {{.shape = {2, 3}}}, .error = who + ": x is [2, 3], of rank 2"},
      {.attrs = none, .inputs = {{.shape = {2, 3, 0}}}, .error = who + ": x is [2, 3, 0], channels without elements"},
      {.attrs = none, .inputs = {{.shape = {2, 3, 0, 2}}}, .error = "channels without elements"},
      {.attrs = none, .inputs = {{.shape = {1, 1, 2}, .dtype = DType::i32}}, .error = who + ": x is i32"},
  };
}

struct GlobalAvgPool {
  using Attrs = NoAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "global_avg_pool";
  static constexpr std::string_view doc =
      "y[b,c] = the mean of x[b,c,...]. x: [B, C, ...] of rank 3 or more, floating. Result: [B, C].\n"
      "Errors: ranks below 3, channels without elements, integers. Source: Lin et al. 2013, \"Network in network\".\n"
      "Composed.";
  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    return {mean(in[0], {.axes = inner_axes("global_avg_pool", in[0])})};
  }
  static std::vector<Sample> samples() {
    const auto none = percept::Attrs::of(NoAttrs{});
    std::vector<Sample> samples{
        {.attrs = none, .inputs = {{.shape = {1, 2, 2, 2}}}, .expect = {1.5, 5.5}},
        {.attrs = none, .inputs = {{.shape = {2, 1, 3}}}, .expect = {1, 4}},
        {.attrs = none, .inputs = {{.shape = {2, 3, 3, 2}}}},
        {.attrs = none, .inputs = {{.shape = {1, 2, 2, 1, 3}}}},
        {.attrs = none, .inputs = {{.shape = {0, 2, 2, 2}}}},
    };
    for (Sample& refusal : refusals("global_avg_pool")) samples.push_back(std::move(refusal));
    return samples;
  }
};

struct GlobalMaxPool {
  using Attrs = NoAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "global_max_pool";
  static constexpr std::string_view doc =
      "y[b,c] = the largest of x[b,c,...], NaN if any is; equal ones share the gradient.\n"
      "x: [B, C, ...] of rank 3 or more, floating. Result: [B, C].\n"
      "Errors: ranks below 3, channels without elements, integers. Composed.";
  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    return {max(in[0], {.axes = inner_axes("global_max_pool", in[0])})};
  }
  static std::vector<Sample> samples() {
    const auto none = percept::Attrs::of(NoAttrs{});
    std::vector<Sample> samples{
        {.attrs = none, .inputs = {{.shape = {1, 2, 2, 2}}}, .expect = {3, 7}},
        {.attrs = none, .inputs = {{.shape = {2, 1, 3}, .values = {-1, -3, -2, 5, 9, 9}}}, .expect = {-1, 9}},
        {.attrs = none, .inputs = {{.shape = {2, 3, 3, 2}}}},
        {.attrs = none, .inputs = {{.shape = {1, 2, 4}}}},
        {.attrs = none, .inputs = {{.shape = {0, 2, 2, 2}}}},
    };
    for (Sample& refusal : refusals("global_max_pool")) samples.push_back(std::move(refusal));
    return samples;
  }
};

}  // namespace

std::vector<const Op*> ops_global_pool() { return {&op_of<GlobalAvgPool>(), &op_of<GlobalMaxPool>()}; }

Tensor global_avg_pool(Arg x) { return apply_one<GlobalAvgPool>({}, {x.tensor()}, x.site()); }
Tensor global_max_pool(Arg x) { return apply_one<GlobalMaxPool>({}, {x.tensor()}, x.site()); }

}  // namespace percept
