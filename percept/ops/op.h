// op.h - what an op is: one record from which everything else (tests, docs, kernels, gradients) follows.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "percept/core/arg.h"
#include "percept/ops/kernel.h"
#include "percept/ops/node.h"
#include "percept/ops/pointwise.h"

namespace percept {

// What passes and the harness need to know of an op; no file outside ops/ names an op.
enum class OpClass : std::uint8_t {
  composed,   // inlined where it is called, never a node; `compose` is its whole definition
  pointwise,  // a PointwiseProgram over its inputs
  reduction,
  view,    // shares the storage of input 0
  opaque,  // anything else with a kernel
  random,  // input 0 is the step counter; values are a pure function of attrs and counter
  update,  // a pointwise program whose first results replace its first inputs (states)
};

// Typed access to memory for reference kernels: element (i, j, ...) of a tensor, any strides.
template <class T>
struct View {
  T* data;
  const Shape& shape;
  const Strides& strides;

  std::int64_t size(std::size_t axis) const { return shape[axis]; }
  template <class... I>
  T& operator()(I... index) const {
    std::int64_t at = 0;
    std::size_t axis = 0;
    ((at += static_cast<std::int64_t>(index) * strides[axis++]), ...);
    return data[at];
  }
  // The i-th element in row-major order of the logical shape. Slow and plain.
  T& flat(std::int64_t i) const {
    std::int64_t at = 0;
    for (std::size_t axis = shape.size(); axis-- > 0; i /= shape[axis]) at += i % shape[axis] * strides[axis];
    return data[at];
  }
};

// One call of a reference kernel: attrs, specs and memory.
struct Call {
  const Attrs& attrs;
  Specs inputs, results;
  const Buffers& buffers;

  template <class T>
  View<const T> in(std::size_t i) const {
    return {buffers.in<T>(i), inputs[i].shape, inputs[i].strides};
  }
  template <class T>
  View<T> out(std::size_t k = 0) const {
    return {buffers.out<T>(k), results[k].shape, results[k].strides};
  }
};

// What reference kernels add up in: double for every float, so that the judge is better than what it judges.
template <class T>
using Accumulator = std::conditional_t<std::is_integral_v<T>, std::int64_t, double>;
// From the accumulator to the element type (Half has no constructor from double).
template <class T>
T rounded_to(double value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return T(static_cast<float>(value));
  else
    return static_cast<T>(value);
}

// What backward reads of a call; in place, undefined where not saved.
struct SavedTensors {
  std::vector<Tensor> inputs, results;
};

// What `backward` may ask for. Tensors not named in `saves` are not there to be asked for (ValueError).
class BackwardContext {
 public:
  BackwardContext(const Ref<Node>& node, std::vector<Tensor> grads, SavedTensors saved)
      : node_(node), grads_(std::move(grads)), saved_(std::move(saved)) {}
  template <class T>
  const T& attrs() const {
    return node_->attrs.as<T>();
  }
  Tensor input(std::size_t i) const;
  Tensor result(std::size_t k = 0) const;
  // d(loss)/d(result k); zeros when nothing depends on that result.
  Tensor grad(std::size_t k = 0) const;
  bool needs(std::size_t i) const { return static_cast<bool>(node_->inputs[i].node); }
  std::size_t input_count() const { return node_->inputs.size(); }
  const Spec& input_spec(std::size_t i) const { return node_->input_specs[i]; }

 private:
  const Ref<Node>& node_;
  std::vector<Tensor> grads_;
  SavedTensors saved_;  // of a call that was made again
};
// One tensor per input; undefined where an input has no gradient (or does not need one).
using Grads = std::vector<Tensor>;

// An input worth testing. Without values the harness fills it: 0, 1, 2, ... where a result is expected,
// otherwise random values in [low, high] of the op's domain, kept apart from each other (no ties).
struct SampleInput {
  Shape shape;
  std::vector<double> values = {};
  DType dtype = DType::f64;  // f64 stands for "floating": the harness also runs it as f32, f16, bf16
  double low = -1, high = 1;
};

struct Sample {
  Attrs attrs = {};
  std::vector<SampleInput> inputs = {};
  std::vector<double> expect = {};             // result 0, row-major, worked out by hand
  std::vector<std::vector<double>> more = {};  // results 1, 2, ... likewise
  std::string error = {};                      // a part of the refusal's text: the call must throw
  double tolerance = 1e-9;                     // of expect, relative with floor 1
};

struct Op {
  std::string_view name;
  std::string_view doc;  // formula, shapes, dtypes, errors, source
  OpClass op_class = OpClass::opaque;
  int min_inputs = 0, max_inputs = 0;  // optional inputs come last
  int results = 1;
  int batch_axis = -1;                // along it, rows of input 0 and result 0 are independent; -1: no such axis
  std::uint32_t saves_inputs = 0;     // bit i: backward reads input i
  std::uint32_t saves_results = 0;    // bit k: backward reads result k
  bool twice = false;                 // whether the gradient can be differentiated again
  std::string_view no_gradient = {};  // why there is none

  std::uint32_t may_lack = 0;  // bit k: where nobody reads result k, a last one, `results` may end before it

  std::vector<Spec> (*infer)(const Attrs&, Specs) = nullptr;             // shape, strides, dtype, every refusal
  void (*forward)(const Call&) = nullptr;                                // plain loops; the judge
  PointwiseProgram (*program)(const Attrs&, Specs) = nullptr;            // classes pointwise and update
  Grads (*backward)(const BackwardContext&) = nullptr;                   // in terms of ops
  std::string_view (*choose)(const Attrs&, Specs) = nullptr;             // the algorithm; decides bits
  double (*flops)(const Attrs&, Specs inputs, Specs results) = nullptr;  // of convolutions and products
  // The part of result 0 that follows from a part of input 0, the only one; none where it needs more. Parts that make
  // the whole input give parts that make the whole result. An op that has this may run behind another call's pieces.
  std::optional<Region> (*part)(const Attrs&, Specs inputs, Specs results, const Region& of_input) = nullptr;
  std::vector<Tensor> (*compose)(const Attrs&, const std::vector<Tensor>&) = nullptr;
  std::vector<Sample> (*samples)() = nullptr;
};

// Builds the record from a struct's static members: name, doc, and of the others those it has. `struct T::Attrs`
// holds the settings. See CONTRIBUTING.md for the order in a file.
template <class T>
const Op& op_of() {
  static const Op op = [] {
    Op o;
    o.name = T::name;
    o.doc = T::doc;
    o.min_inputs = o.max_inputs = T::arity;
    if constexpr (requires { T::min_arity; }) o.min_inputs = T::min_arity;
    if constexpr (requires { T::op_class; }) o.op_class = T::op_class;
    if constexpr (requires { T::results; }) o.results = T::results;
    if constexpr (requires { T::batch_axis; }) o.batch_axis = T::batch_axis;
    if constexpr (requires { T::saves_inputs; }) o.saves_inputs = T::saves_inputs;
    if constexpr (requires { T::saves_results; }) o.saves_results = T::saves_results;
    if constexpr (requires { T::twice; }) o.twice = T::twice;
    if constexpr (requires { T::may_lack; }) o.may_lack = T::may_lack;
    if constexpr (requires { T::no_gradient; }) o.no_gradient = T::no_gradient;
    if constexpr (requires { &T::infer; }) o.infer = &T::infer;
    if constexpr (requires { &T::forward; }) o.forward = &T::forward;
    if constexpr (requires { &T::program; }) o.program = &T::program;
    if constexpr (requires { &T::backward; }) o.backward = &T::backward;
    if constexpr (requires { &T::choose; }) o.choose = &T::choose;
    if constexpr (requires { &T::flops; }) o.flops = &T::flops;
    if constexpr (requires { &T::part; }) o.part = &T::part;
    if constexpr (requires { &T::compose; }) o.compose = &T::compose;
    if constexpr (requires { &T::samples; }) o.samples = &T::samples;
    return o;
  }();
  return op;
}

// Every op compiled in or registered, by name: a list of one's own, which later registrations leave alone. The records
// live as long as the program. These three may be called from any thread.
std::vector<const Op*> all_ops();
const Op* find_op(std::string_view name);  // null when there is none
// Adds an op of a user's own: find_op, `percept explain`, check mode and the kernels of its class see it. The record
// and its texts are copied; hand the returned one to `apply`. ValueError where it is not complete (a name of lower-case
// letters, digits and _, a doc, infer with forward or program, or compose, backward or the reason why not), or the
// name is taken.
const Op& register_op(const Op& op);

// Inputs of at most this many lead an op; variadic ops (concat) say kMany.
inline constexpr int kMany = 1 << 20;

}  // namespace percept
