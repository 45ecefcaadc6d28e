// _turn.h - matrices turned by vectors: what lies along rows goes along columns.
#pragma once
#include <cstdint>

namespace percept::cpu {

// to[k * to_step + line] = from[line * line_step + k] for `lines` lines of `depth` elements of 4 bytes each, of any
// type.
void turn(const float* from, std::int64_t line_step, std::int64_t lines, std::int64_t depth, float* to,
          std::int64_t to_step);

}  // namespace percept::cpu
