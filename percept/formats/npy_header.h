// npy_header.h - what .npy and .npz share: the header, and one array out of a stream. Not for users: npy.h is.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "percept/base/function_ref.h"
#include "percept/core/tensor.h"

namespace percept {

struct NpyHeader {
  DType dtype = DType::f32;  // of the tensor
  char kind = 'f';           // of the file: f, i, u or b
  std::size_t width = 4;     // bytes of a value in the file
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape = {};
};

// The dictionary, without what stands before it. IoError "NAME: ...".
NpyHeader parse_npy_header(std::string_view text, const std::string& name);

// Everything up to the values, for a row-major tensor of this dtype. DTypeError for bf16.
std::string npy_header(DType dtype, const Shape& shape);

// One array, which is all that `read` gives: it writes the next bytes to `to`, fewer only at the end, and returns how
// many. most: bytes that it can give; what the header promises beyond that is refused before memory is taken.
Tensor decode_npy(FunctionRef<std::size_t(std::byte* to, std::size_t count)> read, std::int64_t most,
                  const std::string& name);

}  // namespace percept
