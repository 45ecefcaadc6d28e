// _colour_chain.h - changes of light and colour one after the other, in as few passes over the pixels as there can be.
#pragma once
#include <span>

#include "percept/data/augment/picture.h"

namespace percept {

enum class ColourKind { brightness, contrast, saturation, hue };
struct ColourChange {
  ColourKind kind;
  double amount;  // a factor; of hue, turns of the circle
};

// Has the bits of the changes (colour.h) made one by one: each clips to the range, and rounds u8.
void change_colours(const Picture& picture, std::span<const ColourChange> changes);

}  // namespace percept
