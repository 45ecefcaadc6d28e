// _grey.h - the grey of colours and what is blended with it, for the files of steps.
#pragma once
#include <cstdint>

#include "percept/data/augment/picture.h"

namespace percept {

inline bool has_colour(const Picture& picture) { return picture.channels == 3 || picture.channels == 4; }
// Channels that show light: without alpha.
inline std::int64_t light_channels(const Picture& picture) { return picture.channels == 4 ? 3 : picture.channels; }

// ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B; of u8 in 16-bit fixed point and rounded, as Pillow's convert("L").
inline std::uint8_t grey_of(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  return static_cast<std::uint8_t>((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
}
inline float grey_of(float r, float g, float b) { return 0.299f * r + 0.587f * g + 0.114f * b; }

}  // namespace percept
