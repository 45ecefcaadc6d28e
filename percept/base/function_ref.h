// function_ref.h - a borrowed callable: two words, no allocation, must not outlive what it refers to.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>

namespace percept {

template <class Signature>
class FunctionRef;

// For parameters only: `void parallel_for(std::int64_t pieces, FunctionRef<void(std::int64_t)> run)`.
// Takes lambdas, function objects and functions; never null.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
  FunctionRef(F&& callable) noexcept {  // NOLINT: implicit on purpose
    using Callable = std::remove_reference_t<F>;
    if constexpr (std::is_function_v<Callable> || std::is_function_v<std::remove_pointer_t<Callable>>) {
      using Pointer = std::decay_t<F>;
      target_.function = reinterpret_cast<void (*)()>(static_cast<Pointer>(callable));
      call_ = [](Target target, Args... args) -> R {
        return static_cast<R>(reinterpret_cast<Pointer>(target.function)(std::forward<Args>(args)...));
      };
    } else {
      target_.object = const_cast<void*>(static_cast<const void*>(std::addressof(callable)));
      call_ = [](Target target, Args... args) -> R {
        return static_cast<R>((*static_cast<Callable*>(target.object))(std::forward<Args>(args)...));
      };
    }
  }

  R operator()(Args... args) const { return call_(target_, std::forward<Args>(args)...); }

 private:
  union Target {
    void* object;
    void (*function)();  // an object pointer may not hold a function's address
  };
  Target target_;
  R (*call_)(Target, Args...);
};

}  // namespace percept
