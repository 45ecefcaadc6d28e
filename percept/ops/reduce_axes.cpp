// reduce_axes.cpp - what the reductions share: axes, shapes, samples.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/ops.h"
#include "percept/ops/reduce/reduce.h"

namespace percept {

Dims settled_axes(const Dims& wanted, int rank, const char* who) {
  Dims axes;
  if (wanted.empty()) {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
    return axes;
  }
  for (std::int64_t axis : wanted) axes.push_back(checked_axis(axis, rank, who));
  std::sort(axes.begin(), axes.end());
  for (std::size_t i = 1; i < axes.size(); ++i)
    if (axes[i] == axes[i - 1])
      throw ShapeError(std::string(who) + ": axis " + std::to_string(axes[i]) + " is named twice in " + str(wanted),
                       "name each axis once");
  return axes;
}

Spec reduced_spec(const Spec& x, const ReduceAttrs& attrs, const char* who) {
  const Dims axes = settled_axes(attrs.axes, x.rank(), who);
  Shape shape;
  std::size_t next = 0;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    const bool drop = next < axes.size() && axes[next] == static_cast<std::int64_t>(i);
    if (drop) ++next;
    if (!drop)
      shape.push_back(x.shape[i]);
    else if (attrs.keepdims)
      shape.push_back(1);
  }
  return contiguous_spec(x.dtype, shape, x.device);
}

double reduced_count(const Shape& x, const Dims& axes) {
  double count = 1;
  for (std::int64_t axis : axes) count *= static_cast<double>(x[static_cast<std::size_t>(axis)]);
  return count;
}

Tensor with_axes(const Tensor& reduced, const Shape& x, const ReduceAttrs& attrs) {
  Shape shape = x;
  for (std::int64_t axis : settled_axes(attrs.axes, x.rank(), "reduce")) shape[static_cast<std::size_t>(axis)] = 1;
  return reshape(reduced, shape);
}

std::vector<Sample> reduce_samples(std::vector<double> rows, std::vector<double> all) {
  auto over = [](Dims axes, bool keepdims = false) {
    return percept::Attrs::of(ReduceAttrs{std::move(axes), keepdims});
  };
  return {{.attrs = over({1}), .inputs = {{{2, 3}}}, .expect = std::move(rows)},
          {.attrs = over({}), .inputs = {{{2, 3}}}, .expect = std::move(all)},
          {.attrs = over({0}, true), .inputs = {{{2, 3}}}},
          {.attrs = over({0, 2, 3}), .inputs = {{{2, 3, 2, 2}}}},  // per channel
          {.attrs = over({-1}), .inputs = {{{3, 70}}}},
          {.attrs = over({0}), .inputs = {{{70, 3}}}},
          {.attrs = over({1}), .inputs = {{{2, 3, 2}}}},
          {.attrs = over({}), .inputs = {{{}}}},
          {.attrs = over({2}), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"},
          {.attrs = over({0, -2}), .inputs = {{{2, 3}}}, .error = "named twice"}};
}

Tensor widened_integers(const Arg& x) {
  const Tensor input = x.tensor();
  if (!input.defined() || is_floating(input.dtype()) || input.dtype() == DType::i64) return input;
  return cast(Arg(input, x.site().file, x.site().line), DType::i64);
}

}  // namespace percept
