// random_graph_maker.h - random graphs of the ops' own samples. A graph is made while it runs eagerly: what an op
// refuses, and what is not finite, is left out.
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include "percept/core/mode.h"
#include "random_graph.h"

namespace percept::testing {

inline bool is_moderate(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  for (const double value : cast(x.detach(), DType::f64).to_vector<double>())
    if (!(std::abs(value) < 1e4)) return false;
  return true;
}

struct Choice {
  const Op* op;
  Sample sample;
};
inline const std::vector<Choice>& choices() {
  static const std::vector<Choice> all = [] {
    std::vector<Choice> found;
    for (const Op* op : all_ops()) {
      if (op->name == "custom_gradient") continue;  // the samples' backwards fit only the gradients they are given
      for (Sample& sample : op->samples())
        if (sample.error.empty()) found.push_back({op, std::move(sample)});
    }
    return found;
  }();
  return all;
}

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed), training_(0, seed) {
    constexpr DType kTypes[] = {DType::f32, DType::f32, DType::f32, DType::f32, DType::f32,
                                DType::f32, DType::f64, DType::f16, DType::bf16};
    type_ = kTypes[below(std::size(kTypes))];
    const Shape shapes[] = {{3, 4}, {4, 3}, {2, 3, 5}, {2, 2, 4, 4}, {5}, {}, {1, 4}, {2, 1, 3}, {4, 4}};
    for (int i = 0; i < 2; ++i) {
      const Tensor x = random_tensor(shapes[below(std::size(shapes))]);
      program_.arguments.push_back(one_in(3) ? strided(x) : x);
      program_.parameters.push_back(random_tensor(shapes[below(std::size(shapes))]));
    }
    world_.emplace(program_);
    for (const Tensor& argument : program_.arguments) pool_.push_back(argument);
    for (const Parameter& parameter : world_->parameters) pool_.push_back(parameter.tensor());
    // Each op leads some graphs: the seeds go through all samples.
    add_op(choices()[seed % choices().size()]);
    const std::size_t wanted = 4 + below(16);
    for (int tries = 0; program_.steps.size() < wanted && tries < 60; ++tries) add_something();
  }

  Program finish() {
    for (std::size_t at = 0; at < pool_.size(); ++at) {
      if (is_floating(pool_[at].dtype()) && pool_[at].numel() > 0 && (at + 1 == pool_.size() || one_in(4)))
        program_.summed.push_back(at);
      if (at + 1 == pool_.size() || one_in(6)) program_.outputs.push_back(at);
    }
    for (std::size_t at = below(4); at + 1 < program_.steps.size(); at += below(4)) {
      const std::size_t length = 1 + below(program_.steps.size() - at);
      program_.recomputed.emplace_back(at, at + length);
      at += length;
    }
    return std::move(program_);
  }

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  Tensor random_tensor(const Shape& shape) { return cast(uniform(shape, -1, 1, {random_(), 0}), type_); }

  // Keeps the step if it can be run and its results are of use; the place of its first result, or -1.
  int add(std::string text, std::function<Tensors(const World&, const Tensors&)> run) {
    Tensors made;
    try {
      made = run(*world_, pool_);
    } catch (const Error&) {
      return -1;
    }
    for (const Tensor& one : made)
      if (one.numel() > 2000 || !is_moderate(one)) return -1;
    const int first = static_cast<int>(pool_.size());
    std::string specs;
    for (Tensor& one : made) {
      specs += (specs.empty() ? "" : ", ") + std::string("%") + std::to_string(pool_.size()) + " " +
               std::string(name_of(one.dtype())) + str(one.shape());
      pool_.push_back(std::move(one));
    }
    program_.steps.push_back({specs + " = " + std::move(text), std::move(run)});
    return made.empty() ? -1 : first;
  }
  int add_of(const std::string& name, int at, std::function<Tensor(const Tensor&)> f) {
    if (at < 0) return -1;
    return add(name + " %" + std::to_string(at), [at, f = std::move(f)](const World&, const Tensors& pool) {
      return Tensors{f(pool[static_cast<std::size_t>(at)])};
    });
  }
  const Tensor& value(int at) const { return pool_[static_cast<std::size_t>(at)]; }

  // A value of the pool, late ones more often; of those that suit, if any does.
  int any(const std::function<bool(const Tensor&)>& suits) {
    std::vector<int> suitable;
    for (std::size_t at = 0; at < pool_.size(); ++at)
      if (suits(pool_[at])) suitable.push_back(static_cast<int>(at));
    if (suitable.empty()) return -1;
    return suitable[std::max(below(suitable.size()), below(suitable.size()))];
  }

  // The sample's own values, made inside the function.
  int literal(const Sample& sample, std::size_t i, DType type) {
    const SampleInput& input = sample.inputs[i];
    const auto values = sample_values(input, !sample.expect.empty() || !is_floating(input.dtype), i);
    return add("values", [values, shape = input.shape, type](const World&, const Tensors&) {
      return Tensors{cast(from_vector(values, shape), type)};
    });
  }

  // A value of the pool brought to the shape, by views, reductions and copies.
  int shaped(int at, const Shape& shape) {
    while (at >= 0 && value(at).rank() > static_cast<int>(shape.size())) {
      const int axis = static_cast<int>(below(static_cast<std::size_t>(value(at).rank())));
      at = one_in(2) ? add_of("mean over an axis of", at, [axis](const Tensor& x) { return mean(x, {.axes = {axis}}); })
           : one_in(2) ? add_of("max over an axis of", at, [axis](const Tensor& x) { return max(x, {.axes = {axis}}); })
                       : add_of("select of", at, [axis](const Tensor& x) { return select(x, axis, 0); });
    }
    while (at >= 0 && value(at).rank() < static_cast<int>(shape.size()))
      at = add_of("unsqueeze of", at, [](const Tensor& x) { return unsqueeze(x, 0); });
    for (int axis = 0; at >= 0 && axis < static_cast<int>(shape.size()); ++axis)
      at = sized(at, axis, shape[static_cast<std::size_t>(axis)]);
    return at;
  }
  int sized(int at, int axis, std::int64_t wanted) {
    const std::int64_t size = value(at).size(axis);
    if (size == wanted) return at;
    if (wanted == 1 && one_in(2))
      return add_of("sum over an axis of", at,
                    [axis](const Tensor& x) { return sum(x, {.axes = {axis}, .keepdims = true}); });
    if (size > wanted) {
      const auto from = static_cast<std::int64_t>(below(static_cast<std::size_t>(size - wanted) + 1));
      return add_of("slice of", at, [=](const Tensor& x) { return slice(x, axis, from, from + wanted); });
    }
    Shape wider = value(at).shape();
    wider[static_cast<std::size_t>(axis)] = wanted;
    if (size == 1) return add_of("expand of", at, [wider](const Tensor& x) { return expand(x, wider); });
    return add_of("pad of", at, [wider](const Tensor& x) { return pad_to(x, wider, Dims(wider.size(), 0)); });
  }

  // What the sample's input asks for.
  int input(const Choice& choice, std::size_t i) {
    const SampleInput& want = choice.sample.inputs[i];
    const DType type = want.dtype == DType::f64 ? type_ : want.dtype;
    const bool pointwise = choice.op->op_class == OpClass::pointwise;
    if (one_in(6) || (!is_floating(type) && !pointwise)) return literal(choice.sample, i, type);
    int at = one_in(3) ? -1 : any([&](const Tensor& x) { return x.shape() == want.shape && x.dtype() == type; });
    if (at < 0) {
      const bool empty = std::find(want.shape.begin(), want.shape.end(), 0) != want.shape.end();
      at = shaped(any([&](const Tensor& x) { return empty || x.numel() > 0; }), want.shape);
      if (at >= 0 && value(at).dtype() != type)
        at = add_of("cast of", at, [type](const Tensor& x) { return cast(x, type); });
    }
    if (!is_floating(type) || at < 0) return at;
    if (want.low == -1 && want.high == 1)
      return one_in(3) ? add_of("tanh of", at, [](const Tensor& x) { return tanh(x); }) : at;
    return add_of("into the domain:", at,
                  [low = want.low, high = want.high](const Tensor& x) { return sigmoid(x) * (high - low) + low; });
  }

  void add_op(const Choice& choice) {
    const Op* const op = choice.op;
    if (op->op_class == OpClass::update && one_in(2)) return add_update(choice);
    std::vector<std::size_t> from;
    std::string text = std::string(op->name) + "(" + choice.sample.attrs.text() + ")";
    const bool draws = op->op_class == OpClass::random && !choice.sample.inputs.empty();  // by the step
    for (std::size_t i = 0; i < choice.sample.inputs.size() && !draws; ++i) {
      const int at = input(choice, i);
      if (at < 0) return;
      from.push_back(static_cast<std::size_t>(at));
      text += " %" + std::to_string(at);
    }
    const int made = add(text, [op, attrs = choice.sample.attrs, from, draws](const World&, const Tensors& pool) {
      Tensors inputs;
      if (draws) inputs.push_back(training_scope()->counter());
      for (const std::size_t at : from) inputs.push_back(pool[at]);
      return apply(*op, attrs, inputs, {__FILE__, __LINE__});
    });
    if (made >= 0) program_.ops.insert(op->name);
  }

  int add_buffer(const Tensor& first) {
    program_.buffers.push_back(first);
    world_->buffers.emplace_back(copy(first));
    return static_cast<int>(program_.buffers.size()) - 1;
  }

  // The update of some buffers, which are read afterwards.
  void add_update(const Choice& choice) {
    const Op* const op = choice.op;
    const Tensors values = sample_inputs(choice.sample, type_);
    std::vector<Spec> specs;
    for (const Tensor& one : values) specs.push_back(one.spec());
    const std::size_t count = op->infer(choice.sample.attrs, specs).size();
    std::vector<std::size_t> buffers, from;
    std::string text = "update of buffers by " + std::string(op->name) + "(" + choice.sample.attrs.text() + ")";
    for (std::size_t i = count; i < values.size(); ++i) {
      const int at = input(choice, i);
      if (at < 0) return;
      from.push_back(static_cast<std::size_t>(at));
      text += " %" + std::to_string(at);
    }
    for (std::size_t i = 0; i < count; ++i) buffers.push_back(static_cast<std::size_t>(add_buffer(values[i])));
    const int made =
        add(text, [op, attrs = choice.sample.attrs, buffers, from](const World& world, const Tensors& pool) {
          std::vector<State*> states;
          for (const std::size_t i : buffers) states.push_back(&world.buffers[i]);
          Tensors inputs, updated;
          for (const std::size_t at : from) inputs.push_back(pool[at]);
          apply_update(*op, attrs, states, inputs, {__FILE__, __LINE__});
          for (const State* state : states) updated.push_back(state->tensor());
          return updated;
        });
    if (made >= 0) program_.ops.insert(op->name);
  }

  // A running mean of a value, read before and after it moves.
  void move_buffer(int at) {
    const auto i = static_cast<std::size_t>(add_buffer(random_tensor(value(at).shape())));
    program_.buffers[i] = cast(program_.buffers[i], value(at).dtype());
    world_->buffers[i] = Buffer(copy(program_.buffers[i]));
    add("buffer " + std::to_string(i) + ", before and after it moves towards %" + std::to_string(at),
        [i, at = static_cast<std::size_t>(at)](const World& world, const Tensors& pool) {
          Buffer& buffer = world.buffers[i];
          const Tensor before = buffer.tensor();
          const NoGrad off;
          assign(buffer, copy(before * 0.75 + pool[at] * 0.25));
          return Tensors{before, buffer.tensor()};
        });
  }

  // Dropout by a stream that counts its calls.
  void drop(int at) {
    const std::size_t i = one_in(2) && program_.streams > 0 ? below(program_.streams) : program_.streams++;
    while (world_->streams.size() < program_.streams) world_->streams.emplace_back();
    add("dropout by stream " + std::to_string(i) + " of %" + std::to_string(at),
        [i, at = static_cast<std::size_t>(at)](const World& world, const Tensors& pool) {
          const RandomStream& stream = world.streams[i];
          return Tensors{dropout(pool[at], 0.3, stream.key(), stream.next_call(*training_scope()))};
        });
  }

  // One call reads a value in two orders, and nobody later: more of it than such a call reads before it writes.
  void meet_transpose(int at) {
    at = add_of("tiled:", shaped(at, {4, 4}), [](const Tensor& x) { return tile(x, {10, 10}); });
    at = add_of("sin of", at, [](const Tensor& x) { return sin(x); });
    add_of("its transpose from", at, [](const Tensor& x) { return x - transpose(x); });
  }

  void add_something() {
    const auto floating = [](const Tensor& x) { return is_floating(x.dtype()) && x.numel() > 0; };
    switch (below(12)) {
      case 0:
        return move_buffer(any(floating));
      case 1:
        return drop(any(floating));
      case 2:
        return meet_transpose(any(floating));
      default:
        add_op(choices()[below(choices().size())]);
    }
  }

  std::mt19937 random_;
  TrainingScope training_;
  DType type_;
  Program program_;
  std::optional<World> world_;
  Tensors pool_;
};

}  // namespace percept::testing
