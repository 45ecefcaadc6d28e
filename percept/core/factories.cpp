// factories.cpp - tensors from numbers, ranges and memory.
#include "percept/core/factories.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "percept/base/checked.h"
#include "percept/base/text.h"

namespace percept {
namespace {

// The number without its fraction. ValueError where T does not hold it.
template <class T>
T whole(double value) {
  constexpr double kLowest = static_cast<double>(std::numeric_limits<T>::min());
  constexpr double kBeyond = 2.0 * static_cast<double>(T{1} << (std::numeric_limits<T>::digits - 1));
  const double cut = std::trunc(value);
  if (!(cut >= kLowest && cut < kBeyond))
    throw ValueError(number(value) + " is no " + std::string(name_of(dtype_of<T>())),
                     "give numbers that the dtype holds, or another dtype");
  return static_cast<T>(cut);
}

// A fresh row-major tensor whose i-th element is f(i).
template <class F>
Tensor generate(const Shape& shape, DType dtype, F f) {
  Tensor out(contiguous_spec(dtype, shape));
  const std::int64_t count = out.numel();
  visit_dtype(dtype, [&]<class T>(T) {
    T* data = static_cast<T*>(out.raw_data());
    for (std::int64_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<T, bool>)
        data[i] = f(i) != 0;
      else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
        data[i] = T(static_cast<float>(f(i)));
      else if constexpr (std::is_integral_v<T>)
        data[i] = whole<T>(f(i));
      else
        data[i] = static_cast<T>(f(i));
    }
  });
  return out;
}

}  // namespace

Shape NestedList::shape() const {
  Shape shape;
  for (const NestedList* list = this; list->kind_ == 3; list = &list->items_[0]) {
    shape.push_back(static_cast<std::int64_t>(list->items_.size()));
    if (list->items_.empty()) break;
  }
  return shape;
}

int NestedList::collect(const Shape& shape, std::size_t axis, std::vector<double>& out) const {
  const bool list = kind_ == 3;
  if (list != (axis < shape.size()) || (list && static_cast<std::int64_t>(items_.size()) != shape[axis]))
    throw ShapeError("tensor: the list is ragged: its first entries say shape " + str(shape) + ", an entry at depth " +
                         std::to_string(axis) + " differs",
                     "give every row the same number of entries");
  if (!list) {
    out.push_back(number_);
    return kind_;
  }
  int kind = 0;
  for (const NestedList& item : items_) kind = std::max(kind, item.collect(shape, axis + 1, out));
  return kind;
}

Tensor tensor(NestedList values) {
  std::vector<double> numbers;
  const Shape shape = values.shape();
  const int kind = values.collect(shape, 0, numbers);
  const DType dtype = numbers.empty() || kind == 2 ? DType::f32 : kind == 1 ? DType::i64 : DType::boolean;
  return generate(shape, dtype, [&](std::int64_t i) { return numbers[static_cast<std::size_t>(i)]; });
}

Tensor tensor(NestedList values, DType dtype) {
  std::vector<double> numbers;
  const Shape shape = values.shape();
  values.collect(shape, 0, numbers);
  return generate(shape, dtype, [&](std::int64_t i) { return numbers[static_cast<std::size_t>(i)]; });
}

Tensor full(const Shape& shape, double value, DType dtype) {
  return generate(shape, dtype, [&](std::int64_t) { return value; });
}
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor arange(double start, double stop, double step, DType dtype) {
  const double count = std::ceil((stop - start) / step);
  if (!(step != 0) || !(count >= 0) || count > static_cast<double>(kMaxElements))
    throw ValueError("arange: from " + std::to_string(start) + " to " + std::to_string(stop) + " in steps of " +
                         std::to_string(step),
                     "step must be finite, not 0, and lead from start towards stop");
  return generate({static_cast<std::int64_t>(count)}, dtype,
                  [&](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

Tensor arange(std::int64_t stop) {
  if (stop < 0) throw ValueError("arange: stop is " + std::to_string(stop), "stop must be >= 0");
  Tensor out(contiguous_spec(DType::i64, {stop}));
  for (std::int64_t i = 0; i < stop; ++i) out.mutable_data<std::int64_t>()[i] = i;
  return out;
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  if (count < 0) throw ValueError("linspace: count is " + std::to_string(count), "count must be >= 0");
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  return generate({count}, dtype, [&](std::int64_t i) {
    return i + 1 == count && count > 1 ? stop : start + static_cast<double>(i) * step;  // the end exactly
  });
}

template <class T>
Tensor from_span(std::span<const T> values, const Shape& shape) {
  Tensor out(contiguous_spec(dtype_of<T>(), shape));
  if (static_cast<std::int64_t>(values.size()) != out.numel())
    throw ShapeError("from_span: " + std::to_string(values.size()) + " values for shape " + str(shape),
                     "the shape holds " + std::to_string(out.numel()) + " elements");
  if (!values.empty()) std::memcpy(out.raw_data(), values.data(), values.size_bytes());
  return out;
}

template <class T>
Tensor borrow(T* values, const Shape& shape, std::function<void()> release) {
  Spec spec = contiguous_spec(dtype_of<T>(), shape);
  if (values == nullptr && spec.numel() != 0) throw ValueError("borrow: the address is null", "pass memory that lives");
  const std::size_t bytes = checked_bytes(spec.numel(), sizeof(T));
  return Tensor(
      make_ref<Storage>(Device::cpu(), const_cast<std::remove_const_t<T>*>(values), bytes, std::move(release)),
      std::move(spec));
}

#define PERCEPT_INSTANTIATE(T)                                    \
  template Tensor from_span<T>(std::span<const T>, const Shape&); \
  template Tensor borrow<T>(T*, const Shape&, std::function<void()>);
PERCEPT_INSTANTIATE(float)
PERCEPT_INSTANTIATE(double)
PERCEPT_INSTANTIATE(Half)
PERCEPT_INSTANTIATE(BFloat16)
PERCEPT_INSTANTIATE(std::int8_t)
PERCEPT_INSTANTIATE(std::uint8_t)
PERCEPT_INSTANTIATE(std::int32_t)
PERCEPT_INSTANTIATE(std::int64_t)
PERCEPT_INSTANTIATE(bool)
#undef PERCEPT_INSTANTIATE

Tensor Arg::tensor(DType number_dtype) const {
  if (!is_number()) return tensor_;
  return full({}, number_->value, number_dtype);
}

}  // namespace percept
