// captured_ops.cpp - every op captured gives the bits it gives eagerly, and so do random graphs of ops, whichever
// passes change them.
#include <functional>
#include <random>

#include "op_samples.h"
#include "percept/core/mode.h"
#include "percept/graph/capture.h"

namespace percept::testing {

using Tensors = std::vector<Tensor>;
using Body = PlanCache::Function;

constexpr CaptureOptions kPasses[] = {{},
                                      {.dead_nodes = false, .repeated_nodes = false, .fuse_pointwise = false},
                                      {.repeated_nodes = false},
                                      {.dead_nodes = false, .fuse_pointwise = false}};

std::string captured_bits(const Body& body, const Tensors& arguments, const CaptureOptions& options) {
  PlanCache plans(options);
  const std::string first = bits(plans.run(body, arguments));
  EXPECT_EQ(bits(plans.run(body, arguments)), first) << "the second run differs";
  return first;
}

// The results of a call, and the gradients of a sum over them where there are any.
Tensors with_gradients(const Op& op, const Sample& sample, const Tensors& inputs) {
  Tensors leaves;
  for (const Tensor& input : inputs) leaves.push_back(is_floating(input.dtype()) ? variable(input) : input);
  Tensors results = call(op, sample, leaves);
  Tensor total = tensor(0., DType::f32);
  for (const Tensor& result : results)
    if (result.requires_grad()) total = total + sum(cast(square(result), DType::f32));
  if (total.requires_grad())
    for (const Tensor& grad : gradients(total, leaves)) results.push_back(grad);
  for (Tensor& result : results) result = result.detach();
  return results;
}

class CapturedOp : public ::testing::TestWithParam<const Op*> {};

TEST_P(CapturedOp, GivesTheSameBits) {
  const Op& op = *GetParam();
  for (const Sample& sample : op.samples()) {
    if (!sample.error.empty()) continue;
    const Tensors inputs = sample_inputs(sample, DType::f32);
    const Body body = [&](const Tensors& in) { return with_gradients(op, sample, in); };
    const std::string wanted = bits(body(inputs));
    for (const CaptureOptions& options : kPasses)
      EXPECT_EQ(captured_bits(body, inputs, options), wanted) << described(op, sample);
  }
}

// Without those whose samples' backwards fit only the gradients they are given.
std::vector<const Op*> differentiable_as_they_are() {
  std::vector<const Op*> ops = all_ops();
  std::erase_if(ops, [](const Op* op) { return op->name == "custom_gradient"; });
  return ops;
}

INSTANTIATE_TEST_SUITE_P(All, CapturedOp, ::testing::ValuesIn(differentiable_as_they_are()),
                         [](const auto& info) { return std::string(info.param->name); });

// A function of two matrices [6, 5] made of `count` random calls: chains, shared values, broadcasts, reductions, views,
// products. Its numbers stay of moderate size.
Body random_body(std::uint32_t seed, int count) {
  return [seed, count](const Tensors& in) {
    std::mt19937 random(seed);
    Tensors pool{in[0], in[1], in[0] * 0.5 + 1};
    const auto any = [&]() -> const Tensor& { return pool[random() % pool.size()]; };
    for (int i = 0; i < count; ++i) {
      const Tensor a = any(), b = any();
      const Tensor made[] = {a + b,
                             a * b * 0.3,
                             tanh(a),
                             relu(a - b),
                             where(a > b, a, b * 0.5),
                             sigmoid(a) - a,
                             a / (1 + abs(b)),
                             a - mean(a, {.axes = {1}, .keepdims = true}),
                             a * max(b, {.axes = {0}, .keepdims = true}),
                             softmax(a, 1),
                             matmul(matmul(a, transpose(b)), a) * 0.05,
                             flip(a, 1) + roll(b, {1}, {0}),
                             a + 0};
      pool.push_back(made[random() % std::size(made)]);
    }
    const Tensor total = sum(pool.back() * pool[pool.size() / 2]);
    Tensors results = gradients(total, {in[0], in[1]});
    results.insert(results.end(), {total.detach(), pool.back().detach(), transpose(any()).detach()});
    return results;
  };
}

TEST(CapturedGraphs, GiveTheSameBitsWhateverThePasses) {
  const Tensor x = uniform({6, 5}, -1, 1, {1, 1}), y = uniform({6, 5}, -1, 1, {1, 2});
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const Body plain = random_body(seed, 3 + static_cast<int>(seed % 20));
    const Body body = [&](const Tensors& in) { return plain({variable(in[0]), variable(in[1])}); };
    const std::string wanted = bits(body({x, y}));
    for (const CaptureOptions& options : kPasses)
      ASSERT_EQ(captured_bits(body, {x, y}, options), wanted) << "graph " << seed;
  }
}

}  // namespace percept::testing
