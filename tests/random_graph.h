// random_graph.h - a graph of calls as a list of steps over a growing pool of values, and the states it works on.
#pragma once
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "op_samples.h"
#include "percept/autograd/recompute.h"
#include "percept/nn/random_stream.h"

namespace percept::testing {

using Tensors = std::vector<Tensor>;

struct World;
struct Step {
  std::string text;
  std::function<Tensors(const World&, const Tensors& pool)> run;
};

struct Program {
  Tensors arguments, parameters, buffers;  // first values of states
  std::size_t streams = 0;
  std::vector<Step> steps;
  std::vector<std::size_t> outputs, summed;                     // of the pool; the loss adds up squares of `summed`
  std::vector<std::pair<std::size_t, std::size_t>> recomputed;  // steps [first, last) that may be computed twice
  std::set<std::string_view> ops;

  std::string text() const {
    std::string all;
    for (const Step& step : steps) all += "  " + step.text + "\n";
    for (const auto& [from, to] : recomputed)
      all += "  recomputed: from line " + std::to_string(from + 1) + " to " + std::to_string(to) + "\n";
    all += "  squares are summed of";
    for (const std::size_t at : summed) all += " %" + std::to_string(at);
    return all + "\n";
  }
};

struct World {
  explicit World(const Program& program) {
    seed(1);
    for (const Tensor& value : program.parameters) assign(parameters.emplace_back(), copy(value));
    for (const Tensor& value : program.buffers) buffers.emplace_back(copy(value));
    for (std::size_t i = 0; i < program.streams; ++i) streams.emplace_back();
  }
  mutable std::deque<Parameter> parameters;
  mutable std::deque<Buffer> buffers;
  std::deque<RandomStream> streams;
};

inline void take_steps(const Program& program, const World& world, Tensors& pool, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i)
    for (Tensor& made : program.steps[i].run(world, pool)) pool.push_back(std::move(made));
}

// What the steps make when they are recomputed, and the second half of them within that once more.
inline Tensors recomputed_steps(const Program& program, const World& world, const Tensors& pool, std::size_t from,
                                std::size_t to) {
  const auto inside = [&program, &world, pool, from, to](const Tensor& first) {
    Tensors all = pool;
    all[0] = first;
    const std::size_t middle = to - from > 2 ? (from + to) / 2 : to;
    take_steps(program, world, all, from, middle);
    if (middle < to)
      for (Tensor& made : recomputed_steps(program, world, all, middle, to)) all.push_back(std::move(made));
    return Tensors(all.begin() + static_cast<std::ptrdiff_t>(pool.size()), all.end());
  };
  return recompute(inside, pool[0]);
}

// The function that is captured: outputs, and gradients of the parameters.
inline Tensors run(const Program& program, const World& world, const Tensors& arguments, bool recomputing) {
  Tensors pool = arguments;
  for (const Parameter& parameter : world.parameters) pool.push_back(parameter.tensor());
  std::size_t done = 0;
  for (const auto& [from, to] : program.recomputed) {
    if (!recomputing) break;
    take_steps(program, world, pool, done, from);
    for (Tensor& made : recomputed_steps(program, world, pool, from, to)) pool.push_back(std::move(made));
    done = to;
  }
  take_steps(program, world, pool, done, program.steps.size());
  Tensor loss = tensor(0., DType::f32);
  for (const std::size_t at : program.summed) loss = loss + sum(cast(square(pool[at]), DType::f32));
  if (loss.requires_grad()) loss.backward();
  Tensors outputs{loss.detach()};
  for (const std::size_t at : program.outputs) outputs.push_back(pool[at].detach());
  return outputs;
}

}  // namespace percept::testing
