// _mask_loop.h - what a loop over a dropout mask is given.
#pragma once
#include <cstdint>

namespace percept::cpu {

struct MaskSample {
  std::uint64_t key = 0;
  std::uint32_t sample = 0, step = 0, call = 0;
  std::int32_t threshold = 0;  // the upper 24 bits of a kept word are at least this
  float keep = 1;
};
// Elements begin .. end of one sample; begin is a multiple of 4.
using MaskLoop = void (*)(const MaskSample& sample, std::int64_t begin, std::int64_t end, float* to);

}  // namespace percept::cpu
