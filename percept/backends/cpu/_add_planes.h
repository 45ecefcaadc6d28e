// _add_planes.h - sums of planes that lie apart, for the instruction set chosen at run time.
#pragma once
#include <cstdint>

namespace percept::cpu {

// to[i * to_row + j] += from[i * from_row + j] of `rows` rows of `columns` floats.
void add_plane(float* to, std::int64_t to_row, const float* from, std::int64_t from_row, std::int64_t rows,
               std::int64_t columns);

}  // namespace percept::cpu
