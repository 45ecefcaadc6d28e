// group_norm.cpp - normalisation of groups of channels of each image, and of each channel: no statistics of the batch.
#include "percept/ops/apply.h"
#include "percept/ops/norm/norm_checks.h"

namespace percept {
namespace {

// --- what both share ---

struct GroupNormAttrs {
  std::int64_t groups = 1;
  double eps = 1e-5;
};
struct InstanceNormAttrs {
  double eps = 1e-5;
};

void check_channels(const char* who, const std::vector<Tensor>& in, double eps, int least_rank) {
  const Tensor& x = in[0];
  if (x.rank() < least_rank)
    throw ShapeError(std::string(who) + ": x is " + str(x.shape()) + ", of rank " + std::to_string(x.rank()),
                     "pass [batch, channels, length] or [batch, channels, height, width]");
  check_floating(who, "x", x.dtype());
  constexpr const char* kNames[] = {"x", "weight", "bias"};
  for (std::size_t i = 1; i < in.size(); ++i) check_per_channel(who, kNames[i], in[i], x);
  check_eps(who, eps);
}

// Splitting the channels' axis needs no copy, whatever the memory order: a channels-last image stays one.
Tensor normalised(const std::vector<Tensor>& in, std::int64_t groups, double eps) {
  const Tensor whole = widened(in[0]);
  Shape split = whole.shape();  // [B, groups, C / groups, ...]
  split[1] /= groups;
  split.insert(1, groups);
  Shape per_channel(split.size(), 1);  // [1, groups, C / groups, 1, ...]
  per_channel[1] = groups;
  per_channel[2] = split[2];
  const Tensor x = reshape(whole, split);
  Reduce rest{.axes = {}, .keepdims = true};
  for (int axis = 2; axis < x.rank(); ++axis) rest.axes.push_back(axis);
  const Tensor centred = x - mean(x, rest);
  Tensor scale = rsqrt(mean(square(centred), rest) + eps);  // [B, groups, 1, ...]
  if (in.size() > 1) scale = scale * reshape(widened(in[1]), per_channel);
  Tensor y = centred * scale;
  if (in.size() > 2) y = y + reshape(widened(in[2]), per_channel);
  return cast(reshape(y, whole.shape()), in[0].dtype());
}

// --- group_norm ---

struct GroupNorm {
  using Attrs = GroupNormAttrs;
  static constexpr int arity = 3, min_arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "group_norm";
  static constexpr std::string_view doc =
      "y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var (biased) of each group of C / groups "
      "neighbouring\n"
      "channels of each image. x: [B, C, ...], floating. weight, bias (both optional): [C], of x's dtype. Result: "
      "like\n"
      "x. f16 and bf16 are computed in f32. Errors: groups that do not divide the channels, a negative eps, ranks,\n"
      "sizes and dtypes that do not fit. Source: Wu and He 2018, \"Group normalization\". Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    check_channels("group_norm", in, a.eps, 2);
    if (a.groups < 1)
      throw ValueError("group_norm: groups is " + std::to_string(a.groups), "use a number that divides the channels");
    if (in[0].shape()[1] % a.groups != 0)
      throw ShapeError(
          "group_norm: " + std::to_string(a.groups) + " groups do not divide the channels of x " + str(in[0].shape()),
          "channels must be a multiple of groups");
    return {normalised(in, a.groups, a.eps)};
  }

  static std::vector<Sample> samples() {
    const auto of = [](std::int64_t groups, double eps) { return percept::Attrs::of(Attrs{groups, eps}); };
    const SampleInput four{.shape = {1, 4}, .values = {0, 4, 3, 3}}, channels{.shape = {4}}, one{.shape = {1}};
    return {
        {.attrs = of(2, 5), .inputs = {four}, .expect = {-2. / 3, 2. / 3, 0, 0}},  // var 4, sqrt(4 + 5)
        {.attrs = of(2, 5),
         .inputs = {four, {.shape = {4}, .values = {3, 6, 9, 12}}, {.shape = {4}, .values = {0, 1, 2, 3}}},
         .expect = {-2, 5, 2, 3}},
        {.attrs = of(1, 3),  // 0 0 2 2: mean 1, sqrt(1 + 3)
         .inputs = {{.shape = {1, 2, 1, 2}, .values = {0, 0, 2, 2}}, {.shape = {2}, .values = {2, 4}}},
         .expect = {-1, -1, 2, 2}},
        {.attrs = of(2, 1e-5), .inputs = {{.shape = {2, 4, 2, 3}}, channels, channels}},
        {.attrs = of(1, 1e-5), .inputs = {{.shape = {2, 4, 3}}, channels}},
        {.attrs = of(4, 1e-3), .inputs = {{.shape = {3, 4, 2, 2}}}},
        {.attrs = of(3, 1e-3), .inputs = {{.shape = {2, 6}}}},
        {.attrs = of(2, 1e-5), .inputs = {{.shape = {0, 4, 2, 2}}, channels, channels}},
        {.attrs = of(3, 1), .inputs = {four}, .error = "3 groups do not divide the channels of x [1, 4]"},
        {.attrs = of(0, 1), .inputs = {four}, .error = "group_norm: groups is 0"},
        {.attrs = of(-1, 1), .inputs = {four}, .error = "group_norm: groups is -1"},
        {.attrs = of(2, -1), .inputs = {four}, .error = "group_norm: eps is -1"},
        {.attrs = of(2, 1), .inputs = {four, one}, .error = "x is [1, 4], weight is [1]"},
        {.attrs = of(2, 1), .inputs = {four, channels, one}, .error = "x is [1, 4], bias is [1]"},
        {.attrs = of(1, 1), .inputs = {{.shape = {4}}}, .error = "group_norm: x is [4], of rank 1"},
        {.attrs = of(1, 1), .inputs = {{.shape = {1, 4}, .dtype = DType::i64}}, .error = "group_norm: x is i64"},
        {.attrs = of(1, 1), .inputs = {four, {.shape = {4}, .dtype = DType::i64}}, .error = "dtypes differ"},
    };
  }
};

// --- instance_norm ---

struct InstanceNorm {
  using Attrs = InstanceNormAttrs;
  static constexpr int arity = 3, min_arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "instance_norm";
  static constexpr std::string_view doc =
      "y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var (biased) of each channel of each image.\n"
      "x: [B, C, ...] of rank 3 or more, floating. weight, bias (both optional): [C], of x's dtype. Result: like x.\n"
      "f16 and bf16 are computed in f32. Errors: channels of fewer than two elements (they would all become the\n"
      "bias), a negative eps, ranks, sizes and dtypes that do not fit. Source: Ulyanov, Vedaldi and Lempitsky 2016,\n"
      "\"Instance normalization\". Composed.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    check_channels("instance_norm", in, attrs.as<Attrs>().eps, 3);
    const Shape& x = in[0].shape();
    std::int64_t larger = 0;
    bool empty = false;
    for (std::size_t i = 2; i < x.size(); ++i) {
      larger += x[i] > 1;
      empty = empty || x[i] == 0;
    }
    if (larger == 0 || empty)
      throw ShapeError("instance_norm: x is " + str(x) + ", channels of fewer than two elements",
                       "normalise larger images, or use layer_norm");
    if (x[1] == 0) return {in[0]};
    return {normalised(in, x[1], attrs.as<Attrs>().eps)};
  }

  static std::vector<Sample> samples() {
    const auto of = [](double eps) { return percept::Attrs::of(Attrs{eps}); };
    const SampleInput rows{.shape = {1, 2, 2}, .values = {0, 4, 3, 3}}, two{.shape = {2}}, one{.shape = {1}};
    return {
        {.attrs = of(5), .inputs = {rows}, .expect = {-2. / 3, 2. / 3, 0, 0}},
        {.attrs = of(5),
         .inputs = {rows, {.shape = {2}, .values = {3, 6}}, {.shape = {2}, .values = {1, 2}}},
         .expect = {-1, 3, 2, 2}},
        {.attrs = of(1e-5), .inputs = {{.shape = {2, 2, 2, 3}}, two, two}},
        {.attrs = of(1e-5), .inputs = {{.shape = {3, 2, 4}}, two}},
        {.attrs = of(1e-3), .inputs = {{.shape = {2, 1, 5}}}},
        {.attrs = of(1e-5), .inputs = {{.shape = {0, 2, 2, 3}}, two, two}},
        {.attrs = of(1), .inputs = {{.shape = {2, 2}}}, .error = "instance_norm: x is [2, 2], of rank 2"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2, 1, 1}}}, .error = "channels of fewer than two elements"},
        {.attrs = of(1), .inputs = {{.shape = {2, 2, 0}}}, .error = "channels of fewer than two elements"},
        {.attrs = of(-1), .inputs = {rows}, .error = "instance_norm: eps is -1"},
        {.attrs = of(1), .inputs = {rows, one}, .error = "x is [1, 2, 2], weight is [1]"},
        {.attrs = of(1), .inputs = {rows, two, one}, .error = "x is [1, 2, 2], bias is [1]"},
        {.attrs = of(1), .inputs = {{.shape = {1, 2, 2}, .dtype = DType::u8}}, .error = "instance_norm: x is u8"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_group_norm() { return {&op_of<GroupNorm>(), &op_of<InstanceNorm>()}; }

Tensor group_norm(Arg x, std::int64_t groups, std::optional<Arg> weight, std::optional<Arg> bias, double eps) {
  return apply_one<GroupNorm>({groups, eps}, norm_inputs(x.tensor(), weight, bias), x.site());
}
Tensor instance_norm(Arg x, std::optional<Arg> weight, std::optional<Arg> bias, double eps) {
  return apply_one<InstanceNorm>({eps}, norm_inputs(x.tensor(), weight, bias), x.site());
}

}  // namespace percept
