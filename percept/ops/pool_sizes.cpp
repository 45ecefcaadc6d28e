// pool_sizes.cpp - checks and sizes of a pool.
#include "percept/ops/pool/pool2d.h"
#include "percept/ops/window_sizes.h"

namespace percept {

PoolSizes pool_sizes(const Shape& x, const Pool2dAttrs& attrs, const char* who) {
  check_image(who, "x", x);
  PoolSizes sizes;
  sizes.batch = x[0];
  sizes.channels = x[1];
  sizes.input = {x[2], x[3]};
  sizes.kernel = attrs.kernel_size;
  // 0 stands for the kernel's size in both or in neither axis: one zero alone is refused below.
  sizes.stride = attrs.stride == Size2{0} ? attrs.kernel_size : attrs.stride;
  // "same" is Keras's, whose average leaves the padding out.
  sizes.count_include_pad = attrs.count_include_pad && !attrs.padding.same;
  // More padding than half a window would let a window see padding only, which has no maximum.
  const Size2 pad = attrs.padding.size;
  if (!attrs.padding.same && (pad.h > sizes.kernel.h / 2 || pad.w > sizes.kernel.w / 2) && sizes.kernel.h > 0 &&
      sizes.kernel.w > 0)
    throw ValueError(std::string(who) + ": padding " + str(Dims{pad.h, pad.w}) + " is more than half of kernel size " +
                         str(Dims{sizes.kernel.h, sizes.kernel.w}),
                     "use at most half of the kernel's size");
  const WindowSizes windows = window_sizes(who, sizes.input, sizes.kernel, sizes.stride, 1, attrs.padding);
  sizes.output = windows.output;
  sizes.pads = windows.pads;
  return sizes;
}

std::optional<Region> pooled_part(const PoolSizes& s, const Region& of_input) {
  const std::int64_t begin = of_input.first[2], end = begin + of_input.size[2];
  Region part = of_input;
  part.size[3] = s.output.w;
  if (of_input.size[3] != s.input.w) return {};
  if (begin == 0 && end == s.input.h) {
    part.size[2] = s.output.h;
    return part;
  }
  const bool side_by_side = s.kernel.h == s.stride.h && s.pads.top == 0 && s.pads.bottom == 0;
  if (!side_by_side || begin % s.stride.h != 0 || (end % s.stride.h != 0 && end != s.input.h)) return {};
  part.first[2] = begin / s.stride.h;
  part.size[2] = end / s.stride.h - part.first[2];
  return part;
}

}  // namespace percept
