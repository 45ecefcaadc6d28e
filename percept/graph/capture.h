// capture.h - a function of tensors, run once to see what it does, and from then on as one plan.
//
//   auto step = capture([&](const Tensor& x, const Tensor& y) {
//     const Tensor loss = cross_entropy(model(x), y);
//     loss.backward();
//     optimizer.step(parameters(model));
//     return loss;
//   });
//   for (const Batch& batch : loader) step(batch.x, batch.y);
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "percept/core/trace.h"
#include "percept/graph/plan_report.h"

namespace percept {

struct CaptureOptions {
  // Which passes change the graph before it is planned; each keeps every bit.
  bool dead_nodes = true, repeated_nodes = true, early_updates = true, fuse_pointwise = true, fuse_epilogues = true;
  // What follows from weights that a function does not change is worked out again only when they have changed.
  bool settle = true;
  // For inference with large weights: those that a kernel keeps in an order of its own, and nobody else holds, are not
  // kept in the plain one as well. Whoever reads them gets them back, bit for bit, and has them twice again. All plans
  // take turns. Keep no address of a weight without a tensor: its pages go.
  bool weights_once = false;
  int plans = 16;  // for so many kinds of arguments and modes; beyond, the one used least lately goes
};

// The plans of one function, one for each kind of its arguments (dtypes, shapes, strides) and modes of the thread
// (training, gradients). Made when first needed; made anew when a state was built, frozen or given another shape.
class PlanCache {
 public:
  using Function = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;
  explicit PlanCache(const CaptureOptions& options = {});
  ~PlanCache();
  PlanCache(PlanCache&&) noexcept;
  PlanCache& operator=(PlanCache&&) noexcept;

  // What `function` gives for the arguments. Inside another capture, or recompute(), it is simply called.
  std::vector<Tensor> run(const Function& function, const std::vector<Tensor>& arguments);
  std::size_t size() const;
  // Of the plan that ran last: its memory; its calls, a line each, with kernel, layer and line of the caller; and both
  // as a report. Zeros and "" before the first run.
  PlanMemory memory() const;
  std::string text() const;
  PlanReport report() const;
  // The plan that later calls will run, without running anything: states are afterwards as they were.
  PlanReport look_ahead(const Function& function, const std::vector<Tensor>& arguments);
  // Forgets all plans: for when the function itself would do something else now.
  void clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace capture_detail {

inline std::vector<Tensor> packed(Tensor one) { return {std::move(one)}; }
inline std::vector<Tensor> packed(std::vector<Tensor> all) { return all; }
template <class... T>
std::vector<Tensor> packed(const std::tuple<T...>& all) {
  return std::apply([](const auto&... each) { return std::vector<Tensor>{each...}; }, all);
}
template <class A, class B>
std::vector<Tensor> packed(const std::pair<A, B>& both) {
  return {both.first, both.second};
}

template <class R>
R unpacked(std::vector<Tensor> all) {
  if constexpr (std::is_same_v<R, Tensor>) {
    return std::move(all[0]);
  } else if constexpr (std::is_same_v<R, std::vector<Tensor>>) {
    return all;
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return R{all[I]...};
    }(std::make_index_sequence<std::tuple_size_v<R>>());
  }
}

}  // namespace capture_detail

// Called as the function is, with tensors; the function gives a tensor, a pair, tuple or vector of them, or nothing.
template <class F>
class Captured {
 public:
  Captured(F function, const CaptureOptions& options) : function_(std::move(function)), plans_(options) {}

  template <class... Tensors>
  auto operator()(const Tensors&... arguments) {
    using R = std::invoke_result_t<F&, const Tensors&...>;
    const std::vector<Tensor> given{Tensor(arguments)...};
    const auto call = [this]<std::size_t... I>(const std::vector<Tensor>& in, std::index_sequence<I...>) {
      if constexpr (std::is_void_v<R>) {
        function_(in[I]...);
        return std::vector<Tensor>();
      } else {
        return capture_detail::packed(function_(in[I]...));
      }
    };
    auto results = plans_.run(
        [&](const std::vector<Tensor>& in) { return call(in, std::index_sequence_for<Tensors...>()); }, given);
    if constexpr (!std::is_void_v<R>) return capture_detail::unpacked<std::remove_cvref_t<R>>(std::move(results));
  }
  PlanCache& plans() { return plans_; }

 private:
  F function_;
  PlanCache plans_;
};

// A function that is run once with symbols and then as a plan: the same bits, without the work of finding kernels,
// recording and asking for memory at each call, and with pointwise calls joined.
//
// The function may use its arguments, parameters and buffers of models, optimizers (which must stay where they are),
// and numbers and tensors that it makes itself; constant(x) allows a tensor from outside. It may call backward() and
// an optimizer's step(), and opens no file, prints nothing: its C++ code runs only when a plan is made. ValueError,
// with the line, where it reads a value (item(), to_vector(): choose with where()), or uses a tensor made outside.
template <class F>
Captured<std::decay_t<F>> capture(F&& function, const CaptureOptions& options = {}) {
  return Captured<std::decay_t<F>>(std::forward<F>(function), options);
}

}  // namespace percept
