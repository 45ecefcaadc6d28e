// dropout.cpp - dropout, as a product with a mask that is a pure function of key, step, sample and element.
#include "percept/core/mode.h"
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
      throw ValueError("dropout: rate is " + std::to_string(a.rate), "the rate is the fraction dropped: 0 <= rate < 1");
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

}  // namespace

Tensor dropout(Arg x, double rate, RandomKey key, std::uint64_t call) {
  const Tensor input = x.tensor();
  const TrainingScope* scope = training_scope();
  if (!(rate >= 0 && rate < 1))
    throw ValueError("dropout: rate is " + std::to_string(rate), "the rate is the fraction dropped: 0 <= rate < 1");
  if (scope == nullptr || rate == 0) return input;
  const Tensor mask =
      apply_one<DropoutMask>({input.shape(), rate, key.seed, key.stream, call, 0}, {scope->counter()}, x.site());
  return mul(Arg(input, x.site().file, x.site().line), cast(mask, input.dtype()));
}

Tensor dropout(Arg x, double rate) {
  // A bare op's stream is its place among the step's random ops, far from the streams of layers.
  constexpr std::uint64_t kBareStreams = std::uint64_t{1} << 63;
  TrainingScope* scope = training_scope();
  if (scope == nullptr) return dropout(x, rate, {}, 0);
  return dropout(x, rate, {scope->seed(), kBareStreams + scope->next_bare_op()}, 0);
}

std::vector<const Op*> ops_dropout() { return {&op_of<DropoutMask>()}; }

}  // namespace percept
