// picture.cpp - tensors as pictures.
#include "percept/data/augment/picture.h"

#include "percept/base/checked.h"
#include "percept/base/text.h"

namespace percept {
namespace {

// `axis`: that of the channels. Strides are told by the order, not read: those of axes of size 1 say nothing.
PixelSource source_from(const Tensor& t, std::size_t axis, std::int64_t row) {
  const Shape& n = t.shape();
  PixelSource out{t.dtype(), nullptr, n[axis], n[axis + 1], n[axis + 2]};
  const std::int64_t size = checked_mul(checked_mul(out.channels, out.height), out.width);
  if (size >= std::int64_t{1} << 31)  // offsets within a picture have 32 bits
    throw ShapeError("augment: a picture of " + number(size) + " values", "use pictures of less than 2^31");
  const Strides interleaved = Strides{1, out.width * out.channels, out.channels};
  bool planes = t.is_contiguous();
  if (!planes)
    for (std::size_t k = 0; k < 3; ++k)
      if (n[axis + k] != 1 && t.strides()[axis + k] != interleaved[k])
        throw ShapeError("augment: a picture " + str(n) + " with strides " + str(t.strides()),
                         "pass contiguous(x), or pictures stored as H, W, C");
  if (planes) {
    out.channel_stride = out.height * out.width;
    out.row_stride = out.width;
    out.pixel_stride = 1;
  } else {
    out.channel_stride = interleaved[0];
    out.row_stride = interleaved[1];
    out.pixel_stride = interleaved[2];
  }
  out.data = static_cast<const std::byte*>(t.raw_data()) + row * size * static_cast<std::int64_t>(size_of(t.dtype()));
  return out;
}

}  // namespace

PixelSource source_of(const Tensor& batch, std::int64_t row) { return source_from(batch, 1, row); }
PixelSource source_of(const Tensor& picture) { return source_from(picture, 0, 0); }

Picture picture_of(Tensor& tensor, ValueRange range) {
  return {tensor.dtype(), tensor.raw_data(), tensor.size(0), tensor.size(1), tensor.size(2), range};
}

}  // namespace percept
