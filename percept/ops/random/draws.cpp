// draws.cpp - discrete random draws: coins, integers, permutations, categories. Each is a pure function of key and
// place.
#include <cmath>

#include "percept/base/text.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/random/random.h"

namespace percept {
namespace {

__extension__ typedef unsigned __int128 UInt128;

// The last word of the Philox counter keeps the ops of one key apart from each other.
constexpr std::uint64_t kBernoulli = 0xB0000001, kPermutation = 0xB0000002, kCategorical = 0xB0000003,
                        kIntegers = 0xB0000004;

constexpr std::string_view kNoGradient = "its result is drawn: it does not vary smoothly with anything";

// Within (0, 1), both ends excluded.
double open_uniform(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }

struct KeyAttrs {
  std::uint64_t seed = 0, stream = 0;
};

struct Bernoulli {
  using Attrs = KeyAttrs;
  static constexpr std::string_view name = "bernoulli";
  static constexpr std::string_view doc =
      "1 with probability p_i, else 0: 1 where a uniform number of 32 bits is below p_i. p: any shape, floating, "
      "every\n"
      "element in 0..1; result likewise. Element e takes word e mod 4 of Philox block e / 4, in row-major order.";
  static constexpr int arity = 1;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    if (!is_floating(in[0].dtype))
      throw DTypeError("bernoulli: the probability is " + std::string(name_of(in[0].dtype)),
                       "cast it to a floating dtype first");
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::uint64_t key = philox_key({a.seed, a.stream});
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const View<const T> p = call.in<T>(0);
      T* out = call.buffers.out<T>(0);
      for (std::int64_t i = 0, count = call.results[0].numel(); i < count; i += 4) {
        const auto words = philox(random_counter(i / 4, i >> 34, 0, kBernoulli), key);
        for (std::int64_t j = i; j < std::min(i + 4, count); ++j) {
          const auto probability = static_cast<double>(p.flat(j));
          if (!(probability >= 0 && probability <= 1))
            call.buffers.report->report(j, "bernoulli: a probability is " + number(probability),
                                        "probabilities lie between 0 and 1");
          out[j] = rounded_to<T>(open_uniform(words[static_cast<std::size_t>(j - i)]) < probability ? 1.0 : 0.0);
        }
      }
    });
  }
  static std::vector<Sample> samples() {
    const auto key = percept::Attrs::of(Attrs{7, 3});
    const SampleInput half{.shape = {3, 5}, .low = 0, .high = 1};
    return {{.attrs = key, .inputs = {{{4}, {0, 1, 0, 1}}}, .expect = {0, 1, 0, 1}},
            {.attrs = key, .inputs = {half}},
            {.attrs = key, .inputs = {{{0}}}},
            {.attrs = key, .inputs = {{{}, {1}}}},
            {.attrs = key, .inputs = {{{2}, {0.5, 1.5}}}, .error = "a probability is 1.5"},
            {.attrs = key, .inputs = {{{2}, {0.5, -0.25}}}, .error = "a probability is -0.25"},
            {.attrs = key, .inputs = {{{1}, {std::nan("")}}}, .error = "a probability is"},
            {.attrs = key, .inputs = {{{2}, {}, DType::i64}}, .error = "the probability is i64"}};
  }
};

struct PermutationAttrs {
  std::int64_t count = 0;
  std::uint64_t seed = 0, stream = 0;
};

struct RandomPermutation {
  using Attrs = PermutationAttrs;
  static constexpr std::string_view name = "random_permutation";
  static constexpr std::string_view doc =
      "The numbers 0 .. count-1 in random order, i64 [count]; every order is equally likely, to 2^-64. No inputs.\n"
      "Source: Fisher and Yates, as Durstenfeld 1964; step i takes half of Philox block i / 2.";
  static constexpr int arity = 0;
  static constexpr OpClass op_class = OpClass::random;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs) {
    const std::int64_t count = attrs.as<Attrs>().count;
    if (count < 0) throw ValueError("permutation: count is " + std::to_string(count), "the count must be >= 0");
    return {contiguous_spec(DType::i64, {count})};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::uint64_t key = philox_key({a.seed, a.stream});
    auto* out = call.buffers.out<std::int64_t>(0);
    for (std::int64_t i = 0; i < a.count; ++i) out[i] = i;
    std::array<std::uint32_t, 4> words{};
    std::int64_t have = -1;
    for (std::int64_t i = a.count; i-- > 1;) {
      if (have != i / 2) words = philox(random_counter(i / 2, i >> 33, 0, kPermutation), key);
      have = i / 2;
      const auto half = static_cast<std::size_t>(i % 2) * 2;
      const std::uint64_t word = words[half] | std::uint64_t{words[half + 1]} << 32;
      const auto j = static_cast<std::int64_t>(UInt128{word} * static_cast<std::uint64_t>(i + 1) >> 64);
      std::swap(out[i], out[j]);
    }
  }
  static std::vector<Sample> samples() {
    auto of = [](std::int64_t count) { return percept::Attrs::of(Attrs{count, 7, 3}); };
    return {{.attrs = of(1), .expect = {0}},
            {.attrs = of(0)},
            {.attrs = of(37)},
            {.attrs = of(-1), .error = "count is -1"},
            {.attrs = of(std::numeric_limits<std::int64_t>::min()), .error = "count is -9223372036854775808"},
            {.attrs = of(std::numeric_limits<std::int64_t>::max()), .error = "too many elements"}};
  }
};

struct IntegersAttrs {
  Shape shape;
  std::int64_t low = 0, high = 1;
  std::uint64_t seed = 0, stream = 0;
};

struct RandomIntegers {
  using Attrs = IntegersAttrs;
  static constexpr std::string_view name = "random_integers";
  static constexpr std::string_view doc =
      "Integers low .. high - 1, i64 of the given shape, each as likely as another to (high - low) 2^-64: with\n"
      "replacement. No inputs. Element i takes half of Philox block i / 2. Errors: low not below high. Source: the\n"
      "multiplication of Lemire 2019, \"Fast random integer generation in an interval\"; PyTorch's randint.";
  static constexpr int arity = 0;
  static constexpr OpClass op_class = OpClass::random;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs) {
    const auto& a = attrs.as<Attrs>();
    if (a.low >= a.high)
      throw ValueError("randint: low is " + number(a.low) + ", high is " + number(a.high),
                       "low .. high - 1 are drawn: low must be below high");
    return {contiguous_spec(DType::i64, a.shape)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::uint64_t key = philox_key({a.seed, a.stream});
    const std::uint64_t range = static_cast<std::uint64_t>(a.high) - static_cast<std::uint64_t>(a.low);
    auto* out = call.buffers.out<std::int64_t>(0);
    for (std::int64_t i = 0, count = call.results[0].numel(); i < count; i += 2) {
      const auto words = philox(random_counter(i / 2, i >> 33, 0, kIntegers), key);
      for (std::int64_t j = i; j < std::min(i + 2, count); ++j) {
        const auto half = static_cast<std::size_t>(j - i) * 2;
        const std::uint64_t word = words[half] | std::uint64_t{words[half + 1]} << 32;
        // Unsigned, as low + offset may pass through values that i64 does not have.
        out[j] = static_cast<std::int64_t>(static_cast<std::uint64_t>(a.low) +
                                           static_cast<std::uint64_t>(UInt128{word} * range >> 64));
      }
    }
  }
  static std::vector<Sample> samples() {
    auto of = [](Shape shape, std::int64_t low, std::int64_t high) {
      return percept::Attrs::of(Attrs{std::move(shape), low, high, 7, 3});
    };
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    return {{.attrs = of({2, 2}, -3, -2), .expect = {-3, -3, -3, -3}},
            {.attrs = of({}, 5, 6), .expect = {5}},
            {.attrs = of({3, 37}, -4, 9)},
            {.attrs = of({5}, kLeast, kMost)},
            {.attrs = of({0, 3}, 0, 9)},
            {.attrs = of({2}, 4, 4), .error = "low is 4, high is 4"},
            {.attrs = of({2}, kMost, kLeast), .error = "low is 9223372036854775807"},
            {.attrs = of({-1}, 0, 2), .error = "-1"},
            {.attrs = of({kMost, 3}, 0, 2), .error = "too many elements"}};
  }
};

struct CategoricalAttrs {
  std::int64_t samples = 1;
  std::uint64_t seed = 0, stream = 0;
};

struct Categorical {
  using Attrs = CategoricalAttrs;
  static constexpr std::string_view name = "categorical";
  static constexpr std::string_view doc =
      "Draws with replacement: y[b, s] = k with probability softmax(logits[b])[k], by inversion of the distribution\n"
      "function in f64. logits [B, K], floating, K >= 1; -inf means never; a row must hold a finite number and no NaN "
      "or\n"
      "+inf. Result: i64 [B, samples]. Draw s of row b takes word s mod 4 of Philox block s / 4 of sample b.";
  static constexpr int arity = 1;
  static constexpr int batch_axis = 0;
  static constexpr std::string_view no_gradient = kNoGradient;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const std::int64_t samples = attrs.as<Attrs>().samples;
    if (!is_floating(in[0].dtype))
      throw DTypeError("categorical: logits are " + std::string(name_of(in[0].dtype)),
                       "give the logits a floating dtype");
    if (in[0].rank() != 2 || in[0].shape[1] == 0)
      throw ShapeError("categorical: logits have shape " + str(in[0].shape), "give logits of shape [B, K], K >= 1");
    if (samples < 0)
      throw ValueError("categorical: samples is " + std::to_string(samples), "the number of draws must be >= 0");
    return {contiguous_spec(DType::i64, {in[0].shape[0], samples}, in[0].device)};
  }
  // Sums of e^(x - max): sums[k] is the weight of categories 0 .. k. False where the row is no distribution.
  template <class T>
  static bool weigh(const View<const T>& logits, std::int64_t row, std::vector<double>& sums) {
    double top = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t k = 0; k < sums.size(); ++k) {
      const auto x = static_cast<double>(logits(row, k));
      if (std::isnan(x)) return false;
      top = std::max(top, x);
    }
    if (!std::isfinite(top)) return false;
    for (std::size_t k = 0; k < sums.size(); ++k)
      sums[k] = total += std::exp(static_cast<double>(logits(row, k)) - top);
    return true;
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::uint64_t key = philox_key({a.seed, a.stream});
    const Shape& shape = call.inputs[0].shape;
    auto* out = call.buffers.out<std::int64_t>(0);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      std::vector<double> sums(static_cast<std::size_t>(shape[1]));
      for (std::int64_t row = 0; row < shape[0]; ++row) {
        if (!weigh(call.in<T>(0), row, sums)) {
          call.buffers.report->report(row,
                                      "categorical: row " + std::to_string(row) + " of the logits is no distribution",
                                      "a row must hold a finite number, no NaN and no +inf");
          sums.assign(sums.size(), 1);
        }
        for (std::int64_t s = 0; s < a.samples; ++s) {
          const auto words = philox(random_counter(s / 4, row, s >> 34, kCategorical), key);
          const double u = open_uniform(words[static_cast<std::size_t>(s % 4)]) * sums.back();
          out[row * a.samples + s] = std::upper_bound(sums.begin(), sums.end(), u) - sums.begin();
        }
      }
    });
  }
  static std::vector<Sample> samples() {
    auto draw = [](std::int64_t samples) { return percept::Attrs::of(Attrs{samples, 7, 3}); };
    const double inf = std::numeric_limits<double>::infinity();
    return {
        {.attrs = draw(3), .inputs = {{{2, 3}, {-inf, 0, -inf, 2, -inf, -inf}}}, .expect = {1, 1, 1, 0, 0, 0}},
        {.attrs = draw(9), .inputs = {{{3, 5}}}},
        {.attrs = draw(0), .inputs = {{{3, 5}}}},
        {.attrs = draw(2), .inputs = {{{0, 5}}}},
        {.attrs = draw(1), .inputs = {{{1, 2}, {-inf, -inf}}}, .error = "row 0 of the logits is no distribution"},
        {.attrs = draw(1), .inputs = {{{2, 2}, {0, 1, inf, 0}}}, .error = "row 1 of the logits"},
        {.attrs = draw(1), .inputs = {{{1, 2}, {0, std::nan("")}}}, .error = "row 0 of the logits"},
        {.attrs = draw(-1), .inputs = {{{1, 2}}}, .error = "samples is -1"},
        {.attrs = draw(std::numeric_limits<std::int64_t>::max()), .inputs = {{{3, 2}}}, .error = "too many elements"},
        {.attrs = draw(1), .inputs = {{{3}}}, .error = "logits have shape"},
        {.attrs = draw(1), .inputs = {{{2, 0}}}, .error = "logits have shape"},
        {.attrs = draw(1), .inputs = {{{1, 2}, {}, DType::i64}}, .error = "logits are i64"}};
  }
};

}  // namespace

Tensor bernoulli(Arg probability, RandomKey key) {
  return apply_one<Bernoulli>({key.seed, key.stream}, {probability.tensor()}, probability.site());
}
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, RandomKey key) {
  return apply_one<RandomIntegers>({shape, low, high, key.seed, key.stream}, {}, {});
}
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high) {
  return randint(shape, low, high, next_key());
}
Tensor permutation(std::int64_t count, RandomKey key) {
  return apply_one<RandomPermutation>({count, key.seed, key.stream}, {}, {});
}
Tensor categorical(Arg logits, std::int64_t samples, RandomKey key) {
  return apply_one<Categorical>({samples, key.seed, key.stream}, {logits.tensor()}, logits.site());
}

std::vector<const Op*> ops_draws() {
  return {&op_of<Bernoulli>(), &op_of<RandomIntegers>(), &op_of<RandomPermutation>(), &op_of<Categorical>()};
}

}  // namespace percept
