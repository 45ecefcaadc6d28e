// factories.h - tensors from numbers, ranges and memory.
#pragma once
#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

#include "percept/core/arg.h"
#include "percept/core/tensor.h"

namespace percept {

// A number or a braced list of them, nested as deep as the tensor has axes.
class NestedList {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  NestedList(T value)
      : number_(static_cast<double>(value)),
        kind_(std::is_same_v<T, bool>       ? 0
              : std::is_floating_point_v<T> ? 2
                                            : 1) {}
  NestedList(std::initializer_list<NestedList> items) : items_(items), kind_(3) {}

 private:
  friend Tensor tensor(NestedList values);
  friend Tensor tensor(NestedList values, DType dtype);
  Shape shape() const;                                                                // ShapeError for a ragged list
  int collect(const Shape& shape, std::size_t axis, std::vector<double>& out) const;  // highest kind met
  double number_ = 0;
  std::vector<NestedList> items_;
  int kind_;  // 0 bool, 1 integer, 2 floating, 3 list
};

// tensor({{1., 2.}, {3., 4.}}): f32 if any number is floating, else i64, else bool. Integers beyond 2^53: use
// from_span.
Tensor tensor(NestedList values);
Tensor tensor(NestedList values, DType dtype);

Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
Tensor zeros(const Shape& shape, DType dtype = DType::f32);
Tensor ones(const Shape& shape, DType dtype = DType::f32);
// start, start + step, ... below (or above) stop. ValueError when step is 0 or leads away from stop.
Tensor arange(double start, double stop, double step = 1, DType dtype = DType::f32);
Tensor arange(std::int64_t stop);  // i64: 0 .. stop-1
// `count` values evenly from start to stop, both included.
Tensor linspace(double start, double stop, std::int64_t count, DType dtype = DType::f32);

// A copy of `values`, row-major. ShapeError unless there are exactly as many as the shape holds.
template <class T>
Tensor from_span(std::span<const T> values, const Shape& shape);
template <class T>
Tensor from_vector(const std::vector<T>& values, const Shape& shape) {
  return from_span(std::span<const T>(values), shape);
}
// Views memory of the caller without copying; it must stay alive and unchanged while any tensor views it.
// `release` (may be empty) is called when the last one lets go. Rows are contiguous.
template <class T>
Tensor borrow(T* values, const Shape& shape, std::function<void()> release = {});

}  // namespace percept
