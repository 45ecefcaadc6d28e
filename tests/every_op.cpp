// every_op.cpp - the one test that knows every op: from the record alone it checks values, refusals, gradients of
// first and second order, kernels against the reference, strides, zero sizes, threads, and rows against batches.
// A new op needs no line here: its `samples` say what is worth testing.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <set>

#include "op_samples.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/core/device.h"
#include "percept/core/mode.h"
#include "percept/ops/check_mode.h"

namespace percept {

void PrintTo(const Op* op, std::ostream* out) { *out << op->name; }  // what a failing test is called

namespace {

using namespace percept::testing;

// While it lives, the CPU hands out no more than it has and 256 MiB: absurd sizes must be refused, not served.
class MemoryLimit {
 public:
  MemoryLimit() {
    memory_of(Device::cpu()).set_limit(memory_of(Device::cpu()).stats().in_use + (std::size_t{256} << 20));
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit() { memory_of(Device::cpu()).set_limit(0); }
};

// What users pass by mistake as an axis, a size, a count, a label: -1, 0, one past the end, and numbers beyond reason.
std::set<std::int64_t> numbers_to_try(const Sample& sample) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  std::set<std::int64_t> numbers{-1, 0, 1, 3, -kHuge, kHuge, std::int64_t{1} << 31, std::int64_t{1} << 62};
  numbers.insert({std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  numbers.insert({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
  for (const SampleInput& input : sample.inputs) {
    numbers.insert({input.shape.rank(), -input.shape.rank() - 1});
    for (const std::int64_t size : input.shape) numbers.insert({size, size + 1, -size});
  }
  return numbers;
}

// Whether an input is an index or a label, so that a value out of range must be refused. Integers beside floats are,
// except as targets of the losses named here, which are numbers.
bool is_index(const Op& op, const Sample& sample, std::size_t i) {
  if (is_floating(sample.inputs[i].dtype) || sample.inputs[i].dtype == DType::boolean) return false;
  if (op.name == "one_hot") return true;
  if (op.op_class != OpClass::opaque && op.op_class != OpClass::composed) return false;  // arithmetic, step counters
  static const std::set<std::string_view> kNumbers{"mse_loss",
                                                   "l1_loss",
                                                   "huber_loss",
                                                   "smooth_l1_loss",
                                                   "hinge_loss",
                                                   "kl_div",
                                                   "poisson_nll_loss",
                                                   "cosine_embedding_loss",
                                                   "binary_cross_entropy",
                                                   "binary_cross_entropy_with_logits"};
  return !kNumbers.contains(op.name) && std::any_of(sample.inputs.begin(), sample.inputs.end(),
                                                    [](const SampleInput& in) { return is_floating(in.dtype); });
}

constexpr double kGradientBar = 1e-7;  // testing.md 1.3: central differences in f64 with eps 1e-5 reach about 1e-10

class EveryOp : public ::testing::TestWithParam<const Op*> {
 protected:
  const Op& op() const { return *GetParam(); }
  bool updates_states() const { return op().op_class == OpClass::update; }

  template <class F>
  void each_valid_sample(F f) const {
    for (const Sample& sample : op().samples())
      if (sample.error.empty()) {
        SCOPED_TRACE(described(op(), sample));
        f(sample);
      }
  }
  bool differentiable() const {
    return op().backward != nullptr || (op().compose != nullptr && op().no_gradient.empty());
  }

  // A number from all floating results, each element with a weight of its own, so that no gradient cancels.
  Function weighted_sum(const Sample& sample) const {
    return [this, sample](const std::vector<Tensor>& inputs) {
      Tensor total = full({}, 0, DType::f64);
      const auto results = call(op(), sample, inputs);
      for (std::size_t k = 0; k < results.size(); ++k) {
        if (!is_floating(results[k].dtype())) continue;
        const Tensor weights = uniform(results[k].shape(), 0.5, 1.5, {11, k}, DType::f64);
        total = total + sum(cast(results[k], DType::f64) * weights);
      }
      return total;
    };
  }
};

TEST_P(EveryOp, IsDocumentedAndHasHandWorkedNumbers) {
  EXPECT_FALSE(op().doc.empty());
  ASSERT_NE(op().samples, nullptr) << "write samples(): see CONTRIBUTING.md";
  bool numbers = false, refusal = op().op_class == OpClass::pointwise;
  for (const Sample& sample : op().samples()) {
    numbers = numbers || !sample.expect.empty();
    refusal = refusal || !sample.error.empty();
  }
  EXPECT_TRUE(numbers) << "no sample has hand-worked numbers (`expect`)";
  EXPECT_TRUE(refusal) << "no sample must be refused (`error`)";
  EXPECT_TRUE(differentiable() || !op().no_gradient.empty())
      << "write backward(), or say in no_gradient why there is none";
}

TEST_P(EveryOp, GivesHandWorkedNumbersAndTheInferredSpec) {
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f64);
    const auto results = call(op(), sample, inputs);
    ASSERT_EQ(static_cast<int>(results.size()) <= op().results, true);
    std::vector<std::vector<double>> wanted = {sample.expect};
    wanted.insert(wanted.end(), sample.more.begin(), sample.more.end());
    for (std::size_t k = 0; k < wanted.size() && !sample.expect.empty(); ++k) {
      const auto got = results[k].to_vector<double>();
      ASSERT_EQ(got.size(), wanted[k].size()) << "result " << k << " " << str(results[k]);
      for (std::size_t i = 0; i < got.size(); ++i) {
        if (got[i] == wanted[k][i] || (std::isnan(got[i]) && std::isnan(wanted[k][i]))) continue;
        EXPECT_NEAR(got[i], wanted[k][i], sample.tolerance * std::max(1.0, std::abs(wanted[k][i])))
            << "result " << k << ", element " << i;
      }
    }
    if (op().infer == nullptr) return;
    std::vector<Spec> specs;
    for (const Tensor& input : inputs) specs.push_back(input.spec());
    const auto inferred = op().infer(sample.attrs, specs);
    for (std::size_t k = 0; k < results.size(); ++k) {
      EXPECT_EQ(results[k].shape(), inferred[k].shape);
      EXPECT_EQ(results[k].dtype(), inferred[k].dtype);
      EXPECT_TRUE(op().op_class == OpClass::view || results[k].spec().is_dense()) << str(results[k].strides());
    }
  });
}

TEST_P(EveryOp, RefusesWithTheRightWords) {
  for (const Sample& sample : op().samples()) {
    if (sample.error.empty()) continue;
    SCOPED_TRACE(described(op(), sample));
    try {
      call(op(), sample, sample_inputs(sample, DType::f64));
      ADD_FAILURE() << "was not refused";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(sample.error), std::string::npos) << error.what();
      EXPECT_FALSE(error.fix().empty());
      EXPECT_NE(std::string(error.what()).find("op_samples.h:"), std::string::npos)
          << "the caller's line is missing: " << error.what();
    }
  }
}

// Whatever the inputs are, the answer is a result or an Error, never a crash (run under ASan and UBSan too).
TEST_P(EveryOp, SurvivesInputsThatDoNotFit) {
  each_valid_sample([&](const Sample& sample) {
    const auto good = sample_inputs(sample, DType::f64);
    std::vector<std::vector<Tensor>> cases;
    for (std::size_t i = 0; i < good.size(); ++i) {
      auto with = [&](const Tensor& bad) {
        cases.push_back(good);
        cases.back()[i] = bad;
      };
      with(zeros({}, good[i].dtype()));
      with(zeros({0}, good[i].dtype()));
      with(zeros({2, 0, 3, 1}, good[i].dtype()));
      with(unsqueeze(good[i], 0));
      with(unsqueeze(good[i], -1));
      with(concat({good[i].rank() ? good[i] : unsqueeze(good[i], 0), good[i].rank() ? good[i] : unsqueeze(good[i], 0)},
                  -1));
      for (DType dtype : {DType::f32, DType::bf16, DType::u8, DType::i64, DType::boolean}) with(cast(good[i], dtype));
      if (!is_floating(good[i].dtype()))
        for (double value : {-1.0, 1e6, -9223372036854775808.0})
          with(cast(full(good[i].shape(), value, DType::f64), good[i].dtype()));
      with(Tensor());
    }
    cases.push_back({});
    for (const auto& inputs : cases) try {
        call(op(), sample, inputs);
      } catch (const Error&) {
      }
  });
}

// One whole number of the settings at a time. Each call gives a result or an Error, at once, and asks for no more
// memory than MemoryLimit allows.
TEST_P(EveryOp, SurvivesSettingsThatDoNotFit) {
  const MemoryLimit limit;
  std::int64_t tried = 0, refused = 0;
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f64);
    for (std::size_t n = 0; sample.attrs.with_integer(n, 0); ++n)
      for (const std::int64_t number : numbers_to_try(sample)) {
        Sample changed = sample;
        changed.attrs = *sample.attrs.with_integer(n, number);
        SCOPED_TRACE("with " + changed.attrs.text());
        const auto start = std::chrono::steady_clock::now();
        ++tried;
        try {
          call(op(), changed, inputs);
        } catch (const Error&) {
          ++refused;
        } catch (const std::exception& error) {
          ADD_FAILURE() << "not an Error: " << error.what();
        }
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
      }
  });
  RecordProperty("settings_tried", std::to_string(tried));
  RecordProperty("settings_refused", std::to_string(refused));
}

// The last of many indices or labels alone is wrong: still an Error, in every build.
TEST_P(EveryOp, RefusesOneBadIndexAmongGoodOnes) {
  each_valid_sample([&](const Sample& sample) {
    for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
      if (!is_index(op(), sample, i) || sample_inputs(sample, DType::f64)[i].numel() == 0) continue;
      const DType dtype = sample.inputs[i].dtype;
      std::vector<double> bad{250};
      if (dtype == DType::i32) bad = {-1, 250, 1e6, -2147483648.0};
      if (dtype == DType::i64) bad = {-1, 250, 1e12, -9223372036854775808.0};
      for (const double value : bad) {
        auto inputs = sample_inputs(sample, DType::f64);
        auto values = inputs[i].to_vector<double>();
        values.back() = value;
        inputs[i] = cast(from_vector(values, inputs[i].shape()), dtype);
        EXPECT_THROW(call(op(), sample, inputs), Error) << "input " << i << " ends with " << value;
      }
    }
  });
}

TEST_P(EveryOp, HasGradientsThatMatchDifferences) {
  if (!differentiable()) return;  // the first test asks for the reason
  double worst = 0;
  std::int64_t compared = 0;
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f64);
    if (!sample.expect.empty()) return;  // counting inputs sit on kinks
    for (const Tensor& input : inputs) compared += is_floating(input.dtype()) ? input.numel() : 0;
    const GradientCheck check = check_gradients(weighted_sum(sample), inputs);
    EXPECT_LE(check.worst, kGradientBar) << check.where;
    worst = std::max(worst, check.worst);
  });
  // What custom_gradient's backward gives is its user's word, and no derivative of its forward.
  EXPECT_TRUE(compared > 0 || op().name == "custom_gradient")
      << "its gradients are never compared: add a sample without `expect`";
  RecordProperty("worst_gradient_error", number(worst));
}

TEST_P(EveryOp, HasSecondDerivativesWhereItClaimsThem) {
  if (!op().twice || !differentiable()) return;
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f64);
    std::int64_t elements = 0;
    for (const Tensor& input : inputs) elements += input.numel();
    if (!sample.expect.empty() || elements > 150) return;
    const Function first = [this, sample](const std::vector<Tensor>& x) {
      Tensor total = full({}, 0, DType::f64);
      for (const Tensor& g : grad(weighted_sum(sample))(x))
        total = total + (is_floating(g.dtype()) ? sum(square(g)) : full({}, 0, DType::f64));
      return total;
    };
    const GradientCheck check = check_gradients(first, inputs);
    EXPECT_LE(check.worst, 1e-6) << check.where;  // differences of a first derivative whose own scale is larger
  });
}

// Every kernel that would run against the reference kernel, in every floating dtype.
TEST_P(EveryOp, HasKernelsThatAgreeWithTheReference) {
  if (op().compose) return;  // its parts are checked
  set_kernel_choice(KernelChoice::check);
  each_valid_sample([&](const Sample& sample) {
    for (DType dtype : {DType::f32, DType::f64, DType::f16, DType::bf16}) {
      try {
        call(op(), sample, sample_inputs(sample, dtype));
      } catch (const Error& error) {
        ADD_FAILURE() << name_of(dtype) << ": " << error.what();
      }
    }
  });
  set_kernel_choice(KernelChoice::best);
}

TEST_P(EveryOp, DoesNotMindStrides) {
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f32);
    std::vector<Tensor> views;
    for (const Tensor& input : inputs) views.push_back(strided(input));
    std::vector<Tensor> plain, odd;
    plain = call(op(), sample, inputs);
    try {
      odd = call(op(), sample, views);
    } catch (const ShapeError&) {
      if (op().name == "reshape") return;  // a view that strides forbid is refused; the public function copies
      throw;
    }
    for (std::size_t k = 0; k < plain.size(); ++k) {
      const auto a = plain[k].to_vector<double>(), b = odd[k].to_vector<double>();
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                    std::abs(a[i] - b[i]) <= 1e-5 * std::max(1.0, std::abs(a[i])))
            << a[i] << " contiguous, " << b[i] << " strided, element " << i;
    }
  });
}

TEST_P(EveryOp, GivesTheSameBitsForAnyNumberOfThreads) {
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f32);
    const int before = num_threads();
    std::vector<std::string> seen;
    for (int threads : {1, 2, 3, 4, 1}) {
      set_num_threads(threads);
      seen.push_back(bits(call(op(), sample, inputs)));
    }
    set_num_threads(before);
    for (const std::string& other : seen) EXPECT_EQ(other == seen[0], true);
  });
}

// A row alone gives the bits it gives among others: what batched serving and evaluation rest on.
TEST_P(EveryOp, GivesARowTheSameBitsInAnyBatch) {
  if (op().batch_axis != 0) return;
  each_valid_sample([&](const Sample& sample) {
    if (sample.inputs.empty() || sample.inputs[0].shape.rank() == 0 || sample.inputs[0].shape[0] == 0) return;
    if (op().op_class == OpClass::random) return;
    auto inputs = sample_inputs(sample, DType::f32);
    constexpr std::int64_t kRows = 64;
    Shape many = inputs[0].shape();
    many[0] = kRows;
    inputs[0] = cast(uniform(many, sample.inputs[0].low, sample.inputs[0].high, {5, 1}), inputs[0].dtype());
    std::vector<Tensor> whole;
    try {
      whole = call(op(), sample, inputs);
    } catch (const Error&) {
      return;  // the attributes fix the batch (a reshape): nothing to compare
    }
    if (whole[0].rank() == 0 || whole[0].shape()[0] != kRows) return;
    for (std::int64_t rows : {1, 2, 3, 17}) {
      auto part = inputs;
      part[0] = contiguous(slice(inputs[0], 0, 0, rows));
      const auto results = call(op(), sample, part);
      for (std::size_t k = 0; k < results.size(); ++k)
        EXPECT_EQ(bits(results[k]) == bits(slice(whole[k], 0, 0, rows)), true) << rows << " rows, result " << k;
    }
  });
}

Tensor sliced(Tensor x, const Region& region) {
  for (std::size_t axis = 0; axis < region.first.size(); ++axis) {
    const auto i = static_cast<std::int64_t>(axis);
    x = slice(x, i, region.first[axis], region.first[axis] + region.size[axis]);
  }
  return x;
}

// Of an input cut in two along an axis: what each part gives alone is its part of the whole, and the two make it up.
TEST_P(EveryOp, GivesAPartOfItsResultFromAPartOfItsInput) {
  if (op().part == nullptr) return;
  std::size_t parts = 0;
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f32);
    const Tensor whole = call(op(), sample, inputs)[0];
    const Shape shape = inputs[0].shape();
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      for (std::int64_t cut = 1; cut < shape[axis]; ++cut) {
        Region both[2] = {{Shape(shape.size(), 0), shape}, {Shape(shape.size(), 0), shape}};
        both[0].size[axis] = both[1].first[axis] = cut;
        both[1].size[axis] = shape[axis] - cut;
        std::int64_t elements = 0;
        for (const Region& region : both) {
          const auto part = op().part(sample.attrs, Specs(&inputs[0].spec(), 1), Specs(&whole.spec(), 1), region);
          if (!part) continue;
          ++parts;
          const Tensor expected = sliced(whole, *part);
          elements += expected.numel();
          if (expected.numel() == 0) continue;
          const Tensor alone = call(op(), sample, {contiguous(sliced(inputs[0], region))})[0];
          EXPECT_EQ(bits(alone) == bits(expected), true) << "axis " << axis << " cut at " << cut;
        }
        EXPECT_TRUE(elements == 0 || elements == whole.numel()) << "axis " << axis << " cut at " << cut;
      }
  });
  EXPECT_GT(parts, 0u);
}

// Whatever kernel runs.
TEST_P(EveryOp, GivesTheSameWithoutResultsItMayLack) {
  if (op().may_lack == 0) return;
  each_valid_sample([&](const Sample& sample) {
    const auto inputs = sample_inputs(sample, DType::f32);
    for (const KernelChoice choice : {KernelChoice::best, KernelChoice::reference}) {
      set_kernel_choice(choice);
      const auto whole = call(op(), sample, inputs);
      std::vector<Spec> in, out;
      std::vector<Tensor> fewer;
      for (const Tensor& input : inputs) in.push_back(input.spec());
      for (std::size_t k = 0; k < whole.size() && (op().may_lack >> k & 1) == 0; ++k) {
        out.push_back(whole[k].spec());
        fewer.emplace_back(whole[k].spec());
      }
      Step step{prepare(op(), sample.attrs, in, out), &op(), inputs, fewer, {}};
      run_step(step, sample.attrs);
      for (std::size_t k = 0; k < fewer.size(); ++k) EXPECT_EQ(bits(fewer[k]) == bits(whole[k]), true) << k;
    }
    set_kernel_choice(KernelChoice::best);
  });
}

INSTANTIATE_TEST_SUITE_P(All, EveryOp, ::testing::ValuesIn(all_ops()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(OpCount, IsWhatTheFilesHold) {
  EXPECT_GE(all_ops().size(), 40u);
  std::size_t samples = 0, numbers = 0, differentiable = 0;
  for (const Op* op : all_ops()) {
    for (const Sample& sample : op->samples()) {
      ++samples;
      numbers += !sample.expect.empty();
    }
    differentiable += op->backward != nullptr;
  }
  std::cout << all_ops().size() << " ops, " << samples << " samples, " << numbers << " with hand-worked numbers, "
            << differentiable << " with a gradient of their own\n";
}

}  // namespace
}  // namespace percept
