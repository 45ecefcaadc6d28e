// tensor.cpp - reading a tensor from the host.
#include "percept/core/tensor.h"

#include "percept/base/checked.h"
#include "percept/core/trace.h"

namespace percept {

std::int64_t Spec::numel() const {
  std::int64_t count = 1;
  for (std::int64_t size : shape) count *= size;  // checked when the spec was made
  return count;
}

Spec contiguous_spec(DType dtype, Shape shape, Device device) {
  checked_bytes(checked_numel(shape), size_of(dtype));
  Strides strides = contiguous_strides(shape);
  return {dtype, std::move(shape), std::move(strides), 0, device};
}

Spec channels_last_spec(DType dtype, Shape shape, Device device) {
  Spec spec = contiguous_spec(dtype, std::move(shape), device);
  spec.strides = channels_last_strides(spec.shape);
  return spec;
}

Tensor::Tensor(const Spec& spec)
    : storage_(make_ref<Storage>(spec.device, checked_bytes(checked_numel(spec.shape), size_of(spec.dtype)))),
      spec_(spec) {
  spec_.offset = 0;
}

void* Tensor::raw_data() const {
  if (!defined()) throw ValueError("the tensor is undefined", "assign a value to it first");
  if (is_symbol(*this)) {
    if (trace() != nullptr) trace()->refuse_value();
    throw ValueError("the tensor stands for a value inside a captured function, which has ended",
                     "return it from the captured function");
  }
  return static_cast<std::byte*>(storage_->data()) + static_cast<std::size_t>(spec_.offset) * size_of(spec_.dtype);
}

void Tensor::check_type(DType wanted) const {
  if (spec_.dtype != wanted)
    throw DTypeError("data: the tensor holds " + std::string(name_of(spec_.dtype)) + ", " +
                         std::string(name_of(wanted)) + " was asked for",
                     "use the tensor's own element type, or to_vector, which converts");
}

std::int64_t Tensor::size(int axis) const {
  return spec_.shape[static_cast<std::size_t>(checked_axis(axis, rank(), "size"))];
}

double Tensor::item() const {
  if (!defined() || numel() != 1)
    throw ShapeError("item: the tensor has shape " + str(spec_.shape), "item() needs a tensor of exactly one element");
  return to_vector<double>()[0];
}

namespace {
template <class T, class From>
void read(const From* from, const Shape& shape, const Strides& strides, std::size_t axis, std::vector<T>& out) {
  if (axis == shape.size()) {
    out.push_back(static_cast<T>(*from));
    return;
  }
  for (std::int64_t i = 0; i < shape[axis]; ++i) read(from + i * strides[axis], shape, strides, axis + 1, out);
}
}  // namespace

template <class T>
std::vector<T> Tensor::to_vector() const {
  std::vector<T> out;
  if (!defined()) throw ValueError("to_vector: the tensor is undefined", "assign a value to it first");
  out.reserve(static_cast<std::size_t>(numel()));
  visit_dtype(dtype(), [&]<class From>(From) {
    if (numel() != 0) read<T>(static_cast<const From*>(raw_data()), shape(), strides(), 0, out);
  });
  return out;
}

template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<Half> Tensor::to_vector() const;
template std::vector<BFloat16> Tensor::to_vector() const;
template std::vector<std::int8_t> Tensor::to_vector() const;
template std::vector<std::uint8_t> Tensor::to_vector() const;
template std::vector<std::int32_t> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;
template std::vector<bool> Tensor::to_vector() const;

}  // namespace percept
