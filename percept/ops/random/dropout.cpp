// dropout.cpp - dropout of elements or channels, with a mask that is a pure function of key, step, sample and element.
#include <cmath>

#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/core/trace.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/random/random.h"

namespace percept {
namespace {

struct DropoutMask {
  using Attrs = DropoutMaskAttrs;
  static constexpr std::string_view name = "dropout_mask";
  static constexpr std::string_view doc =
      "0 with probability `rate`, else 1 / (1 - rate): f32 of `shape`. Input: the step counter (i64, rank 0). The "
      "value of\n"
      "an element depends on seed, stream, call, step, its sample (axis 0, counted from first_sample) and its place in "
      "the\n"
      "sample only: not on threads, nor on how a batch is cut. Source: Srivastava et al. 2014, inverted scaling.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::random;
  static constexpr std::string_view no_gradient = "its values do not depend on any tensor that has one";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    if (!(a.rate >= 0 && a.rate < 1))
      throw ValueError("dropout: rate is " + number(a.rate), "the rate is the fraction dropped: 0 <= rate < 1");
    if (in[0].dtype != DType::i64 || in[0].rank() != 0)
      throw ShapeError("dropout_mask: the step counter has shape " + str(in[0].shape), "it must be i64 of rank 0");
    return {a.shape.rank() == 4 ? channels_last_spec(DType::f32, a.shape) : contiguous_spec(DType::f32, a.shape)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::uint64_t key = philox_key({a.seed, a.stream});
    const std::int64_t step = *call.buffers.in<std::int64_t>(0);
    const std::int64_t rows = a.shape.empty() ? 1 : a.shape[0];
    const std::int64_t per_row = rows == 0 ? 0 : call.results[0].numel() / rows;
    const float keep = static_cast<float>(1 / (1 - a.rate)), rate = static_cast<float>(a.rate);
    float* out = call.buffers.out<float>(0);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < per_row; i += 4) {
        const auto words = philox(random_counter(i / 4, a.first_sample + row, step, a.call), key);
        for (std::int64_t j = i; j < std::min(i + 4, per_row); ++j)
          out[row * per_row + j] = uniform_from(words[static_cast<std::size_t>(j - i)]) >= rate ? keep : 0.0f;
      }
  }
  static std::vector<Sample> samples() {
    auto mask = [](Shape shape, double rate) {
      return percept::Attrs::of(Attrs{.shape = std::move(shape), .rate = rate, .seed = 1, .stream = 2});
    };
    const SampleInput step{{}, {5}, DType::i64};
    return {{.attrs = mask({2, 3}, 0), .inputs = {step}, .expect = {1, 1, 1, 1, 1, 1}},
            {.attrs = mask({3, 37}, 0.5), .inputs = {step}},
            {.attrs = mask({2, 3, 2, 2}, 0.25), .inputs = {step}},
            {.attrs = mask({0, 3}, 0.25), .inputs = {step}},
            {.attrs = mask({2}, 1), .inputs = {step}, .error = "rate is 1"},
            {.attrs = mask({2}, -0.5), .inputs = {step}, .error = "rate is -0.5"}};
  }
};

template <class E>
[[noreturn]] void refuse(E error, CallSite site) {
  error.set_where(site);
  throw error;
}

// Whether there is anything to drop: inside a TrainingScope, at a rate above 0.
bool drops(const Tensor& x, double rate, const char* who, CallSite site) {
  if (!(rate >= 0 && rate < 1))
    refuse(
        ValueError(std::string(who) + ": rate is " + number(rate), "the rate is the fraction dropped: 0 <= rate < 1"),
        site);
  if (!x.defined() || !is_floating(x.dtype()))
    refuse(DTypeError(std::string(who) + ": x is " + (x.defined() ? std::string(name_of(x.dtype())) : "undefined"),
                      "give x a floating dtype"),
           site);
  return training() && rate != 0;
}

Tensor mask_of(const Shape& shape, double rate, RandomKey key, std::uint64_t call, CallSite site) {
  return apply_one<DropoutMask>({shape, rate, key.seed, key.stream, call, 0}, {training_scope()->counter()}, site);
}

}  // namespace

Tensor dropout(Arg x, double rate, RandomKey key, std::uint64_t call) {
  const Tensor input = x.tensor();
  if (!drops(input, rate, "dropout", x.site())) return input;
  const Tensor mask = mask_of(input.shape(), rate, key, call, x.site());
  return mul(Arg(input, x.site().file, x.site().line), cast(mask, input.dtype()));
}

Tensor feature_dropout(Arg x, double rate, RandomKey key, std::uint64_t call) {
  const Tensor input = x.tensor();
  if (input.defined() && input.rank() < 2)
    refuse(ShapeError("feature_dropout: x has shape " + str(input.shape()),
                      "give x of shape [B, C, ...]: whole channels are dropped"),
           x.site());
  if (!drops(input, rate, "feature_dropout", x.site())) return input;
  Shape channels(input.shape().size(), 1);
  channels[0] = input.shape()[0];
  channels[1] = input.shape()[1];
  const Tensor mask = mask_of(channels, rate, key, call, x.site());
  return mul(Arg(input, x.site().file, x.site().line), cast(mask, input.dtype()));
}

// Dropped elements become selu's limit -kLimit, then a y + b brings mean 0 and variance 1 back. Source: Klambauer et
// al. 2017, section 2; the numbers as in PyTorch.
Tensor alpha_dropout(Arg x, double rate, RandomKey key, std::uint64_t call) {
  constexpr double kLimit = 1.7580993408473766;  // scale * alpha of selu
  const Tensor input = x.tensor();
  if (!drops(input, rate, "alpha_dropout", x.site())) return input;
  const double a = 1 / std::sqrt((kLimit * kLimit * rate + 1) * (1 - rate)), b = a * kLimit * rate;
  const Tensor kept = mask_of(input.shape(), rate, key, call, x.site()) > 0;
  return where(kept, Arg(input, x.site().file, x.site().line), -kLimit) * a + b;
}

Tensor dropout(Arg x, double rate) {
  // A bare op's stream is its place among the step's random ops, far from the streams of layers.
  constexpr std::uint64_t kBareStreams = std::uint64_t{1} << 63;
  TrainingScope* scope = training_scope();
  if (scope == nullptr) return dropout(x, rate, {}, 0);
  refuse_while_capturing("a bare dropout() counts its calls in the step; the captured one",
                         "use a Dropout layer, or give it a key");
  return dropout(x, rate, {scope->seed(), kBareStreams + scope->next_bare_op()}, 0);
}

std::vector<const Op*> ops_dropout() { return {&op_of<DropoutMask>()}; }

}  // namespace percept
