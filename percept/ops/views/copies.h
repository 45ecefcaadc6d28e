// copies.h - attributes of the ops that place copies of their inputs in fresh memory, and the plain loop they share.
#pragma once
#include "percept/ops/op.h"

namespace percept {

// concat: parts one after another along `axis`; the result has the memory order of the largest.
struct ConcatAttrs {
  std::int64_t axis = 0;
};
// pad_to: `shape` filled with `value`, x placed at `offset`; the result has x's memory order.
struct PadToAttrs {
  Dims shape, offset;
  double value = 0;
};
// flip: x with the order along `axes` reversed; the result has x's memory order.
struct FlipAttrs {
  Dims axes;
};

// x's elements run backwards along the axes: its strides and the offset of its first element so read.
struct Flipped {
  Strides strides;
  std::int64_t offset = 0;
};
inline Flipped flipped(const Spec& x, const Dims& axes) {
  Flipped f{x.strides};
  if (x.numel() == 0) return f;
  for (std::int64_t axis : axes) {
    const auto i = static_cast<std::size_t>(axis < 0 ? axis + x.rank() : axis);
    f.offset += (x.shape[i] - 1) * f.strides[i];
    f.strides[i] = -f.strides[i];
  }
  return f;
}

// All elements of an input, read with strides from an offset, to places in result 0.
inline void copy_elements(const Call& call, std::size_t input, const Strides& from, std::int64_t from_offset,
                          const Strides& to, std::int64_t to_offset) {
  const Spec& x = call.inputs[input];
  visit_dtype(x.dtype, [&]<class T>(T) {
    const View<const T> source{call.buffers.in<T>(input) + from_offset, x.shape, from};
    const View<T> target{call.buffers.out<T>(0) + to_offset, x.shape, to};
    for (std::int64_t i = 0, count = x.numel(); i < count; ++i) target.flat(i) = source.flat(i);
  });
}

}  // namespace percept
