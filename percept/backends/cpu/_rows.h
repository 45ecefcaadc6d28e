// _rows.h - the rows of pointwise programs as loops over f32 memory, for the instruction set chosen at run time.
#pragma once
#include <cstdint>

#include "percept/ops/pointwise.h"

namespace percept::cpu {

// d[i] = row(a[i], b[i], c[i]); d may be a, b or c. Operands the row does not have are not read.
using RowLoop = void (*)(float* d, const float* a, const float* b, const float* c, std::int64_t n);
// Bit k of `single`: operand k (a, b, c) is one value, its first. Null where no such loop exists.
RowLoop row_loop(Row row, unsigned single);

// n elements as f32: booleans become 0 and 1, integers and doubles are rounded to nearest. Null for other types.
using ToFloat = void (*)(float* to, const void* from, std::int64_t n);
ToFloat to_float(DType dtype);
// Lanes of 0 and 1 as booleans.
using ToBoolean = void (*)(void* to, const float* from, std::int64_t n);
ToBoolean to_boolean();

}  // namespace percept::cpu
