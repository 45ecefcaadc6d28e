// recompute.h - memory for time: what a function computes is let go, and computed again by the backward pass.
#pragma once
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "percept/base/fields.h"
#include "percept/core/arg.h"
#include "percept/core/recomputation.h"
#include "percept/core/tensor.h"

namespace percept {

namespace recompute_detail {

// Whether gradients may ask for anything of what is computed now, and nobody computes it again anyway.
bool pays();

// The scope of a function's first run; `again` calls it with other tensors.
class FirstRun {
 public:
  FirstRun(std::function<void(const std::vector<Tensor>&)> again, const std::vector<Tensor>& inputs);

 private:
  Ref<Recomputation> function_;
  RecomputedRun run_;
};

// Layers, and structs of them: copying one would copy its parameters.
template <class F>
inline constexpr bool kModel = HasFields<std::remove_cvref_t<F>> && !std::is_empty_v<std::remove_cvref_t<F>>;

// What is kept of a function until the backward pass: itself, or the place of a model.
template <class F>
using Kept = std::conditional_t<kModel<F> && std::is_lvalue_reference_v<F>,
                                std::reference_wrapper<std::remove_reference_t<F>>, std::decay_t<F>>;

// Layers are told the line of the call.
template <class F, std::size_t... I>
decltype(auto) call(F& function, CallSite site, const std::vector<Tensor>& inputs, std::index_sequence<I...>) {
  if constexpr (kModel<F> && requires { function(std::declval<const Arg&>(), inputs[I + 1]...); })
    return function(Arg(inputs[0], site.file, site.line), inputs[I + 1]...);
  else
    return function(inputs[0], inputs[I + 1]...);
}

}  // namespace recompute_detail

// function(x, more...), of which these inputs are all that is kept until backward() needs the rest and runs the
// function again, at the price of a second forward pass. A chain of N such functions of equal size so keeps N + 1
// tensors, and the inside of one. The same bits as without.
//
//   x = recompute([&](const Tensor& h) { return relu(conv(h)); }, x);
//   x = recompute(block, x);  // a layer or model, which must stay where it is until then
//
// It gives what the function gives: a tensor, or several of any form. Parameters inside get their gradients; random
// layers draw the same numbers, and states (running statistics) change in the first run only. Functions may nest, and
// gradients be differentiated again. The function must do the same each time: what a lambda captures by reference must
// still be there, unchanged, when backward() runs (ValueError where the calls differ). ValueError for gradients asked
// for inside. Captured too: the plan then keeps what is computed twice apart. Without recording it is a plain call.
// Source: Chen et al. 2016.
template <class F, class... More>
auto recompute(F&& function, const Arg& x, const More&... more) {
  using Kept = recompute_detail::Kept<F>;
  const std::vector<Tensor> inputs{x.tensor(), Tensor(more)...};
  const auto kept = std::make_shared<Kept>(std::forward<F>(function));
  const auto call = [kept, site = x.site()](const std::vector<Tensor>& in) {
    return recompute_detail::call(static_cast<std::unwrap_reference_t<Kept>&>(*kept), site, in,
                                  std::index_sequence_for<More...>());
  };
  if (!recompute_detail::pays()) return call(inputs);
  const recompute_detail::FirstRun scope([call](const std::vector<Tensor>& in) { static_cast<void>(call(in)); },
                                         inputs);
  return call(inputs);
}

}  // namespace percept
