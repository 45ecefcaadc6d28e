// contact_sheet.cpp - many small pictures on one.
#include "percept/data/contact_sheet.h"

#include <algorithm>
#include <string>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/formats/image.h"

namespace percept {
namespace {

void check_options(const std::vector<Tensor>& images, const ContactSheetOptions& o) {
  const auto check = [](bool good, const std::string& what, const std::string& fix) {
    if (!good) throw ValueError("contact_sheet: " + what, fix);
  };
  check(!images.empty(), "no pictures", "pass at least one");
  check(o.columns >= 0, "columns is " + number(o.columns), "give 1 or more, or 0 to choose");
  check(o.margin >= 0 && o.margin <= 1000, "margin is " + number(o.margin), "give 0 to 1000 pixels");
  check(o.min_side >= 0 && o.min_side <= 10000, "min_side is " + number(o.min_side), "give 0 to 10000 pixels");
}

void check_image(const Tensor& image, std::size_t at) {
  const std::string who = "contact_sheet: picture " + number(at);
  if (!image.defined() || image.dtype() != DType::u8)
    throw DTypeError(who + " is " + (image.defined() ? std::string(name_of(image.dtype())) : "undefined"),
                     "pass u8 pictures, 0 black and 255 white");
  const bool good =
      image.rank() == 3 && image.numel() > 0 && (image.size(0) == 1 || image.size(0) == 3 || image.size(0) == 4);
  if (!good) throw ShapeError(who + " is " + str(image.shape()), "pictures are [C, h, w] with C of 1, 3 or 4");
}

// Puts `image` at (top, left) of the sheet [3, H, W], each pixel as a square of `factor` pixels.
void place(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t factor, int background,
           std::uint8_t* sheet, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = image.size(0);
  const Strides& s = image.strides();
  const auto* const from = image.data<std::uint8_t>();
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t y = 0; y < image.size(1) * factor; ++y)
      for (std::int64_t x = 0; x < image.size(2) * factor; ++x) {
        const std::uint8_t* const pixel = from + (y / factor) * s[1] + (x / factor) * s[2];
        int value = pixel[(channels == 1 ? 0 : c) * s[0]];
        if (channels == 4) {
          const int alpha = pixel[3 * s[0]];
          value = (value * alpha + background * (255 - alpha) + 127) / 255;
        }
        sheet[(c * height + top + y) * width + left + x] = static_cast<std::uint8_t>(value);
      }
}

}  // namespace

Tensor contact_sheet(const std::vector<Tensor>& images, const ContactSheetOptions& options) {
  check_options(images, options);
  std::int64_t cell_h = 0, cell_w = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    check_image(images[i], i);
    cell_h = std::max(cell_h, images[i].size(1));
    cell_w = std::max(cell_w, images[i].size(2));
  }
  const std::int64_t longer = std::max(cell_h, cell_w);
  const std::int64_t factor = std::max<std::int64_t>(1, (options.min_side + longer - 1) / longer);
  cell_h = checked_mul(cell_h, factor);
  cell_w = checked_mul(cell_w, factor);
  const auto count = static_cast<std::int64_t>(images.size());
  std::int64_t columns = options.columns;
  if (columns == 0)
    while (columns * columns < count) ++columns;
  columns = std::min(columns, count);
  const std::int64_t rows = (count + columns - 1) / columns, margin = options.margin;
  const std::int64_t height = checked_add(margin, checked_mul(rows, cell_h + margin));
  const std::int64_t width = checked_add(margin, checked_mul(columns, cell_w + margin));
  if (checked_mul(height, width) > kMaxImagePixels)
    throw ShapeError("contact_sheet: " + number(height) + " x " + number(width) + " pixels",
                     "pass fewer or smaller pictures: a sheet has at most " + with_thousands(kMaxImagePixels));

  Tensor sheet(contiguous_spec(DType::u8, {3, height, width}));
  auto* const out = sheet.mutable_data<std::uint8_t>();
  std::fill_n(out, sheet.numel(), options.background);
  for (std::int64_t i = 0; i < count; ++i) {
    const Tensor& image = images[static_cast<std::size_t>(i)];
    const std::int64_t top = margin + i / columns * (cell_h + margin) + (cell_h - image.size(1) * factor) / 2;
    const std::int64_t left = margin + i % columns * (cell_w + margin) + (cell_w - image.size(2) * factor) / 2;
    place(image, top, left, factor, options.background, out, height, width);
  }
  return sheet;
}

}  // namespace percept
