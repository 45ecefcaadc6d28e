// pool1d.cpp - maximum and mean of windows of signals: the pools of images, over one row.
#include <limits>

#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// Refuses what the pools of images refuse, in the words of signals; the same pool over one row.
Pool2dAttrs checked_rows(const char* who, const Tensor& x, const Pool1dAttrs& a) {
  check_signal(who, "x", x.shape());
  const std::int64_t stride = a.stride == 0 ? a.kernel_size : a.stride;
  check_range(who, "kernel size", a.kernel_size, 1);
  check_range(who, "padding", a.padding, 0);
  // More padding than half a window would let a window see padding only, which has no maximum.
  if (a.padding > a.kernel_size / 2)
    throw ValueError(std::string(who) + ": padding " + std::to_string(a.padding) +
                         " is more than half of kernel size " + std::to_string(a.kernel_size),
                     "use at most half of the kernel's size");
  line_windows(who, {.length = x.shape()[2],
                     .kernel = a.kernel_size,
                     .stride = stride,
                     .dilation = 1,
                     .before = a.padding,
                     .after = a.padding});
  check_floating(who, "x", x.dtype());
  return {.kernel_size = {1, a.kernel_size},
          .stride = {1, stride},
          .padding = {0, a.padding},
          .count_include_pad = a.count_include_pad};
}

percept::Attrs settings(Pool1dAttrs pool) { return percept::Attrs::of(pool); }

std::vector<Sample> refusals(const std::string& who) {
  const SampleInput signal{.shape = {1, 1, 4}};
  return {
      {.attrs = settings({}), .inputs = {{.shape = {4}}}, .error = who + ": x is [4], of rank 1"},
      {.attrs = settings({.kernel_size = 0}), .inputs = {signal}, .error = who + ": kernel size is 0"},
      {.attrs = settings({.kernel_size = -2}), .inputs = {signal}, .error = who + ": kernel size is -2"},
      {.attrs = settings({.stride = -1}), .inputs = {signal}, .error = who + ": stride is -1"},
      {.attrs = settings({.stride = std::int64_t{1} << 40}), .inputs = {signal}, .error = who + ": stride is"},
      {.attrs = settings({.padding = -1}), .inputs = {signal}, .error = who + ": padding is -1"},
      {.attrs = settings({.padding = 2}), .inputs = {signal}, .error = "padding 2 is more than half of kernel size 2"},
      {.attrs = settings({.kernel_size = 5}), .inputs = {signal}, .error = who + ": the output would be empty"},
      {.attrs = settings({}), .inputs = {{.shape = {1, 0, 4}}}, .error = "signals without elements"},
      {.attrs = settings({}), .inputs = {{.shape = {1, 1, 4}, .dtype = DType::i64}}, .error = who + ": x is i64"},
  };
}

struct MaxPool1d {
  using Attrs = Pool1dAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "max_pool1d";
  static constexpr std::string_view doc =
      "y[b,c,i] = max of x[b, c, i*stride-padding .. +kernel_size]; padding is -inf, a NaN is the maximum.\n"
      "x: [B, C, L], floating. Result: [B, C, L'], L' = (L + 2 padding - kernel_size) / stride + 1 rounded down.\n"
      "stride 0: the kernel's size. Errors: those of max_pool2d. Composed of max_pool2d with one row.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Pool2dAttrs rows = checked_rows("max_pool1d", in[0], attrs.as<Attrs>());
    return {squeeze(max_pool2d(unsqueeze(in[0], 2), rows), 2)};
  }

  static std::vector<Sample> samples() {
    const double inf = std::numeric_limits<double>::infinity();
    std::vector<Sample> samples{
        {.attrs = settings({}), .inputs = {{.shape = {1, 1, 5}}}, .expect = {1, 3}},
        {.attrs = settings({.kernel_size = 3, .stride = 1}), .inputs = {{.shape = {1, 1, 5}}}, .expect = {2, 3, 4}},
        {.attrs = settings({.kernel_size = 3, .stride = 2, .padding = 1}),
         .inputs = {{.shape = {1, 1, 4}, .values = {-5, -2, -inf, -7}}},
         .expect = {-2, -2}},
        {.attrs = settings({.stride = 1}), .inputs = {{.shape = {2, 3, 4}}}},
        {.attrs = settings({.kernel_size = 3, .stride = 2, .padding = 1}), .inputs = {{.shape = {2, 1, 6}}}},
        {.attrs = settings({}), .inputs = {{.shape = {0, 2, 4}}}},
    };
    for (Sample& refusal : refusals("max_pool1d")) samples.push_back(std::move(refusal));
    return samples;
  }
};

struct AvgPool1d {
  using Attrs = Pool1dAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "avg_pool1d";
  static constexpr std::string_view doc =
      "y[b,c,i] = sum of x[b, c, i*stride-padding .. +kernel_size] / n, padding being 0; n is kernel_size, or with\n"
      "count_include_pad = false the number of elements of x in the window.\n"
      "x: [B, C, L], floating. Result: [B, C, L'], L' as in max_pool1d. stride 0: the kernel's size.\n"
      "Errors: those of avg_pool2d. Composed of avg_pool2d with one row.";

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Pool2dAttrs rows = checked_rows("avg_pool1d", in[0], attrs.as<Attrs>());
    return {squeeze(avg_pool2d(unsqueeze(in[0], 2), rows), 2)};
  }

  static std::vector<Sample> samples() {
    const SampleInput signal{.shape = {1, 1, 4}};
    std::vector<Sample> samples{
        {.attrs = settings({}), .inputs = {signal}, .expect = {0.5, 2.5}},
        {.attrs = settings({.kernel_size = 3, .stride = 1}), .inputs = {signal}, .expect = {1, 2}},
        {.attrs = settings({.padding = 1}), .inputs = {signal}, .expect = {0, 1.5, 1.5}},
        {.attrs = settings({.padding = 1, .count_include_pad = false}), .inputs = {signal}, .expect = {0, 1.5, 3}},
        {.attrs = settings({.stride = 1}), .inputs = {{.shape = {2, 3, 4}}}},
        {.attrs = settings({.kernel_size = 3, .stride = 2, .padding = 1, .count_include_pad = false}),
         .inputs = {{.shape = {2, 1, 6}}}},
        {.attrs = settings({}), .inputs = {{.shape = {0, 2, 4}}}},
    };
    for (Sample& refusal : refusals("avg_pool1d")) samples.push_back(std::move(refusal));
    return samples;
  }
};

}  // namespace

std::vector<const Op*> ops_pool1d() { return {&op_of<MaxPool1d>(), &op_of<AvgPool1d>()}; }

Tensor max_pool1d(Arg x, const Pool1dAttrs& attrs) { return apply_one<MaxPool1d>(attrs, {x.tensor()}, x.site()); }
Tensor avg_pool1d(Arg x, const Pool1dAttrs& attrs) { return apply_one<AvgPool1d>(attrs, {x.tensor()}, x.site()); }

}  // namespace percept
