// bytes.cpp - promised sizes, row-major bytes of tensors.
#include "percept/formats/bytes.h"

#include <cstring>

#include "percept/base/checked.h"

namespace percept {
namespace {

// Element addresses of both sides, walked together; strides in bytes.
struct Walk {
  const Shape& shape;
  Strides from_strides;
  Strides to_strides;
  std::size_t width;

  void copy(const std::byte* from, std::byte* to, std::size_t axis) const {
    if (axis == shape.size()) {
      std::memcpy(to, from, width);
      return;
    }
    for (std::int64_t i = 0; i < shape[axis]; ++i)
      copy(from + i * from_strides[axis], to + i * to_strides[axis], axis + 1);
  }
};

Strides in_bytes(Strides strides, std::size_t width) {
  for (std::int64_t& stride : strides) stride *= static_cast<std::int64_t>(width);
  return strides;
}

void copy_strided(const Tensor& from, std::byte* to, const Strides& to_strides) {
  if (from.numel() == 0) return;
  const std::size_t width = size_of(from.dtype());
  const Walk walk{from.shape(), in_bytes(from.strides(), width), in_bytes(to_strides, width), width};
  walk.copy(static_cast<const std::byte*>(from.raw_data()), to, 0);
}

}  // namespace

std::int64_t promised_bytes(std::span<const std::int64_t> sizes, std::size_t bytes_per_element) {
  std::vector<std::int64_t> at_least_one(sizes.begin(), sizes.end());
  for (std::int64_t& size : at_least_one)
    if (size == 0) size = 1;
  checked_numel(at_least_one);
  return static_cast<std::int64_t>(checked_bytes(checked_numel(sizes), bytes_per_element));
}

std::span<const std::byte> row_major_bytes(const Tensor& tensor, std::vector<std::byte>& scratch) {
  if (tensor.device() != Device::cpu())
    throw DeviceError("the tensor lies on " + str(tensor.device()), "copy it to Device::cpu() first");
  const std::size_t bytes = checked_bytes(tensor.numel(), size_of(tensor.dtype()));
  if (tensor.is_contiguous()) return {static_cast<const std::byte*>(tensor.raw_data()), bytes};
  scratch.resize(bytes);
  copy_strided(tensor, scratch.data(), contiguous_strides(tensor.shape()));
  return scratch;
}

void copy_elements(const Tensor& from, Tensor& to) {
  if (from.shape() != to.shape() || from.dtype() != to.dtype())
    throw ShapeError("copy_elements: from " + std::string(name_of(from.dtype())) + " " + str(from.shape()) + " to " +
                         std::string(name_of(to.dtype())) + " " + str(to.shape()),
                     "shape and dtype must be the same");
  copy_strided(from, static_cast<std::byte*>(to.raw_data()), to.strides());
}

}  // namespace percept
