// _image_pieces.h - how the images of a result are cut into pieces of work.
#pragma once
#include <algorithm>
#include <cstdint>

#include "percept/backends/cpu/_walk.h"
#include "percept/ops/kernel.h"
#include "percept/ops/window_sizes.h"

namespace percept::cpu {

// Some whole images a piece, or, where images are few, some rows of one.
struct ImagePieces {
  std::int64_t batch, channels;
  Size2 size;
  std::int64_t images = 1, rows = 1;  // of a piece

  // A piece is worth the trip to another thread from about a million products; 16 are enough.
  ImagePieces(std::int64_t batch, std::int64_t channels, Size2 size, std::int64_t products_of_row)
      : batch(batch), channels(channels), size(size), rows(size.h) {
    constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kMostPieces = 16;
    constexpr std::int64_t kMostRows = std::int64_t{1} << 20;  // counted: an image of more is worth a piece in any case
    const std::int64_t of_row = std::max<std::int64_t>(products_of_row, 1);
    const std::int64_t of_image = std::max<std::int64_t>(of_row * std::min(size.h, kMostRows), 1);
    images = std::clamp<std::int64_t>(ceil_div(kWorthAPiece, of_image), 1,
                                      std::max<std::int64_t>(ceil_div(batch, kMostPieces), 1));
    if (batch < kMostPieces && size.h > 0) rows = std::clamp<std::int64_t>(ceil_div(kWorthAPiece, of_row), 1, size.h);
  }

  std::int64_t per_image() const { return ceil_div(size.h, rows); }
  std::int64_t count() const { return ceil_div(batch, images) * per_image(); }
  Region region(std::int64_t piece) const {
    const std::int64_t image = piece / per_image() * images, row = piece % per_image() * rows;
    return {{image, 0, row, 0}, {std::min(images, batch - image), channels, std::min(rows, size.h - row), size.w}};
  }
};

}  // namespace percept::cpu
