// npy.h - NumPy's files of one array (.npy) and of several by name (.npz, a zip archive of .npy files).
//
//   93 "NUMPY" | version 1, 2 or 3, and 0 | length of the header: u16, from version 2 on u32
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and spaces | values
//
//   in the file    <f4 <f8 <f2   u1 i1   <i4 <i8   <i2 <u2   <u4   <u8                       |b1
//   tensor         f32 f64 f16   u8 i8   i32 i64   i32       i64   i64, if the values fit    bool
//
// Big-endian values (">f4") and Fortran's order are turned into our own. Objects are refused, always: they are pickles,
// which run code when they are read; so are text, dates, complex numbers and structures. Everything malformed is an
// IoError that names the file (and the array); memory is taken only for values that can be there.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/core/tensor.h"
#include "percept/formats/safetensors.h"

namespace percept {

inline constexpr std::int64_t kMaxNpyHeader = 10'000;  // bytes, as NumPy has it

// Row-major.
Tensor read_npy(const Path& path);
// The same from memory; `name` stands for the file in messages.
Tensor parse_npy(std::span<const std::byte> bytes, std::string_view name);

// What numpy.save writes of the same array, byte for byte. DTypeError for bf16, which NumPy has not; IoError. Replaces
// the file as a whole or not at all.
void write_npy(const Path& path, const Tensor& tensor);
std::vector<std::byte> encode_npy(const Tensor& tensor);

// The arrays of an archive in its order, without metadata: numpy.savez and savez_compressed write such. Nothing is
// unpacked to disk; names are labels, never paths.
TensorFile read_npz(const Path& path);
TensorFile parse_npz(std::span<const std::byte> bytes, std::string_view name);

// Stored, not compressed, as numpy.savez does; the same arrays give the same bytes. ValueError for metadata, names that
// are given twice or are no UTF-8, and archives of 4 GiB and more (safetensors files may be larger); DTypeError for
// bf16; IoError.
void write_npz(const Path& path, const TensorFile& file);
std::vector<std::byte> encode_npz(const TensorFile& file);

}  // namespace percept
