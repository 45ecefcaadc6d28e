// reduce.h - what the reductions share: their attributes, the shape of their result, samples.
#pragma once
#include <algorithm>

#include "percept/ops/op.h"

namespace percept {

struct ReduceAttrs {
  Dims axes = {};  // non-negative, ascending; never empty unless the input has rank 0
  bool keepdims = false;
};

// The axes of a call made non-negative, ascending and explicit: none wanted means all.
Dims settled_axes(const Dims& wanted, int rank, const char* who);
// How many elements of x go into one of the result.
double reduced_count(const Shape& x, const Dims& axes);
// PyTorch's rule: sums and products of booleans and small integers are i64. Others stay.
Tensor widened_integers(const Arg& x);
// x without its reduced axes, or with them of size 1.
Spec reduced_spec(const Spec& x, const ReduceAttrs& attrs, const char* who);
// The gradient (or result) with its reduced axes back, of size 1.
Tensor with_axes(const Tensor& reduced, const Shape& x, const ReduceAttrs& attrs);

// Runs over x in row-major order; f(element, place of its result).
template <class T, class F>
void for_each_reduced(const Call& call, F f) {
  const Spec& x = call.inputs[0];
  const Dims axes = settled_axes(call.attrs.as<ReduceAttrs>().axes, x.rank(), "reduce");
  Strides to(x.shape.size(), 0);  // strides of the result, 0 along reduced axes
  std::int64_t step = 1;
  for (std::size_t i = x.shape.size(); i-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end()) continue;
    to[i] = step;
    step *= x.shape[i];
  }
  const View<const T> in = call.in<T>(0);
  for (std::int64_t i = 0, count = x.numel(); i < count; ++i) {
    std::int64_t place = 0, rest = i;
    for (std::size_t axis = x.shape.size(); axis-- > 0; rest /= x.shape[axis]) place += rest % x.shape[axis] * to[axis];
    f(in.flat(i), place);
  }
}

// Samples worth testing for any reduction, `rows` and `all` being the results of {{0, 1, 2}, {3, 4, 5}} along axis 1
// and altogether.
std::vector<Sample> reduce_samples(std::vector<double> rows, std::vector<double> all);

}  // namespace percept
