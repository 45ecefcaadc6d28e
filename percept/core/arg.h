// arg.h - what ops and layers take: a tensor, a state or a plain number, with the caller's line.
#pragma once
#include <optional>
#include <type_traits>

#include "percept/base/error.h"
#include "percept/core/state.h"

namespace percept {

// A plain number has no dtype of its own: it takes the one of the tensor it meets (core/dtype.h, promote_with_number).
struct Number {
  double value = 0;
  bool floating = true;
};

class Arg {
 public:
  Arg(const Tensor& tensor, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : tensor_(tensor), site_{file, line} {}
  Arg(const State& state, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : tensor_(state.tensor()), site_{file, line} {}
  template <class T>
    requires std::is_arithmetic_v<T>
  Arg(T value, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : number_(Number{static_cast<double>(value), std::is_floating_point_v<T>}), site_{file, line} {}

  bool is_number() const { return number_.has_value(); }
  const Number& number() const { return *number_; }
  DType dtype() const { return tensor_.dtype(); }  // of the tensor, where it is one
  // The tensor, or the number as a tensor of rank 0: f32 or i64 by its kind, or of the dtype asked for.
  Tensor tensor() const { return is_number() ? tensor(number_->floating ? DType::f32 : DType::i64) : tensor_; }
  Tensor tensor(DType number_dtype) const;
  CallSite site() const { return site_; }

 private:
  Tensor tensor_;
  std::optional<Number> number_;
  CallSite site_;
};

}  // namespace percept
