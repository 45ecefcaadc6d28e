// adaptive_pool1d.cpp - pools of signals whose result's length is given: those of images, over one row.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

struct LengthAttrs {
  std::int64_t output_size = 1;
};
percept::Attrs settings(std::int64_t output) { return percept::Attrs::of(LengthAttrs{output}); }

// The signal as an image of one row, once all is well; the size of the result as an image.
Size2 checked_output(const char* who, const Tensor& x, std::int64_t output) {
  check_signal(who, "x", x.shape());
  check_range(who, "output size", output, 1);
  check_floating(who, "x", x.dtype());
  return {1, output};
}

std::vector<Sample> with_refusals(const std::string& who, std::vector<Sample> samples) {
  const SampleInput signal{.shape = {1, 1, 3}};
  samples.insert(samples.end(),
                 {{.attrs = settings(2), .inputs = {{.shape = {3}}}, .error = who + ": x is [3], of rank 1"},
                  {.attrs = settings(0), .inputs = {signal}, .error = who + ": output size is 0"},
                  {.attrs = settings(-1), .inputs = {signal}, .error = who + ": output size is -1"},
                  {.attrs = settings(std::int64_t{1} << 40), .inputs = {signal}, .error = who + ": output size is"},
                  {.attrs = settings(2), .inputs = {{.shape = {1, 1, 0}}}, .error = "signals without elements"},
                  {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3}, .dtype = DType::u8}}, .error = "x is u8"}});
  return samples;
}

struct AdaptiveAvgPool1d {
  using Attrs = LengthAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_avg_pool1d";
  static constexpr std::string_view doc =
      "y[b,c,i] = the mean of elements i*L/L' .. (i+1)*L/L' (rounded down and up) of x[b,c]. x: [B, C, L], floating.\n"
      "Result: [B, C, L'] (output_size). Errors: rank other than 3, no elements, an output size below 1, integers.\n"
      "Composed of adaptive_avg_pool2d with one row.";
  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Size2 output = checked_output("adaptive_avg_pool1d", in[0], attrs.as<Attrs>().output_size);
    return {squeeze(adaptive_avg_pool2d(unsqueeze(in[0], 2), output), 2)};
  }
  static std::vector<Sample> samples() {
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3}}}, .expect = {0.5, 1.5}},
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 4}}}, .expect = {0.5, 2.5}},
                             {.attrs = settings(3), .inputs = {{.shape = {2, 2, 5}}}},
                             {.attrs = settings(3), .inputs = {{.shape = {0, 2, 5}}}},
                         });
  }
};

struct AdaptiveMaxPool1d {
  using Attrs = LengthAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "adaptive_max_pool1d";
  static constexpr std::string_view doc =
      "y[b,c,i] = the maximum of elements i*L/L' .. (i+1)*L/L' (rounded down and up) of x[b,c].\n"
      "x: [B, C, L], floating. Result: [B, C, L'] (output_size). Errors: those of adaptive_avg_pool1d.\n"
      "Composed of adaptive_max_pool2d with one row.";
  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Size2 output = checked_output("adaptive_max_pool1d", in[0], attrs.as<Attrs>().output_size);
    return {squeeze(adaptive_max_pool2d(unsqueeze(in[0], 2), output), 2)};
  }
  static std::vector<Sample> samples() {
    return with_refusals(std::string(name),
                         {
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 3}}}, .expect = {1, 2}},
                             {.attrs = settings(2), .inputs = {{.shape = {1, 1, 4}}}, .expect = {1, 3}},
                             {.attrs = settings(3), .inputs = {{.shape = {2, 2, 5}}}},
                             {.attrs = settings(3), .inputs = {{.shape = {0, 2, 5}}}},
                         });
  }
};

}  // namespace

std::vector<const Op*> ops_adaptive_pool1d() { return {&op_of<AdaptiveAvgPool1d>(), &op_of<AdaptiveMaxPool1d>()}; }

Tensor adaptive_avg_pool1d(Arg x, std::int64_t output_size) {
  return apply_one<AdaptiveAvgPool1d>({output_size}, {x.tensor()}, x.site());
}
Tensor adaptive_max_pool1d(Arg x, std::int64_t output_size) {
  return apply_one<AdaptiveMaxPool1d>({output_size}, {x.tensor()}, x.site());
}

}  // namespace percept
