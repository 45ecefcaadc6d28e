// _slots.h - scratchpads of pieces that run at once, and their sizes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "percept/base/work_slots.h"

namespace percept::onednn {

inline constexpr std::size_t kAlignment = 64;
inline std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }
inline std::size_t bf16_bytes(std::int64_t count) { return aligned(static_cast<std::size_t>(count) * 2); }
inline std::size_t float_bytes(std::int64_t count) { return aligned(static_cast<std::size_t>(count) * sizeof(float)); }

}  // namespace percept::onednn
