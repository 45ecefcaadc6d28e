// bytes.h - what the codecs share: promised sizes, row-major bytes of tensors.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

static_assert(std::endian::native == std::endian::little, "files are little-endian, and so must the machine be");

// Bytes that a dense tensor of these sizes has. ShapeError if a size is negative or there are more than 2^40 elements;
// sizes of 0 count as 1 in that limit, so that the strides fit too.
std::int64_t promised_bytes(std::span<const std::int64_t> sizes, std::size_t bytes_per_element);

// The elements in row-major order: the tensor's own memory where it lies so, else a copy made in `scratch`.
std::span<const std::byte> row_major_bytes(const Tensor& tensor, std::vector<std::byte>& scratch);

// Copies the elements of one tensor over those of another of the same shape and dtype, whatever their strides.
void copy_elements(const Tensor& from, Tensor& to);

}  // namespace percept
