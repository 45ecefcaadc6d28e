// contact_sheet.h - many small pictures on one: to see what augmentation does, what a data set holds.
#pragma once
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

struct ContactSheetOptions {
  std::int64_t columns = 0;       // 0: as many as rows, or one more
  std::int64_t margin = 4;        // pixels between pictures and around all
  std::int64_t min_side = 96;     // smaller pictures are enlarged by the smallest whole factor that reaches it
  std::uint8_t background = 255;  // grey of the margin, and of what is clear in pictures with alpha
};

// images: u8 [C, h, w] with C of 1 (grey), 3 (RGB) or 4 (RGB and alpha), any strides, sizes may differ; in reading
// order, each in the middle of its place, all enlarged by one factor. Returns u8 [3, H, W].
// ValueError for an empty list or bad options, DTypeError, ShapeError (also above 64 million pixels).
Tensor contact_sheet(const std::vector<Tensor>& images, const ContactSheetOptions& options = {});

}  // namespace percept
