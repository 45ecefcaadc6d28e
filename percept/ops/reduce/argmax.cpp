// argmax.cpp - the place of the largest or smallest element along an axis.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct ArgAttrs {
  std::int64_t axis = -1;
  bool keepdims = false;
};

template <bool Largest>
struct ArgExtreme {
  using Attrs = ArgAttrs;
  static constexpr std::string_view name = Largest ? "argmax" : "argmin";
  static constexpr std::string_view doc =
      Largest
          ? "The index (i64) of the largest element along `axis`: the first of equals, the first NaN if there is one."
          : "The index (i64) of the smallest element along `axis`: the first of equals, the first NaN if there is one.";
  static constexpr int arity = 1;
  static constexpr std::string_view no_gradient = "its result is an index";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const std::string who(name);
    const auto& a = attrs.as<Attrs>();
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, in[0].rank(), who.c_str()));
    Shape shape = in[0].shape;
    if (shape[axis] == 0)
      throw ShapeError(who + ": axis " + std::to_string(a.axis) + " of " + str(shape) + " is empty",
                       "there must be something to choose from");
    if (a.keepdims)
      shape[axis] = 1;
    else
      shape.erase(axis);
    return {contiguous_spec(DType::i64, shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const Spec& x = call.inputs[0];
    const auto axis = static_cast<std::size_t>(checked_axis(call.attrs.as<Attrs>().axis, x.rank(), "argmax"));
    Shape rows = x.shape;
    rows[axis] = 1;
    visit_dtype(x.dtype, [&]<class T>(T) {
      const View<const T> starts{call.buffers.in<T>(0), rows, x.strides};
      for (std::int64_t i = 0, count = call.results[0].numel(); i < count; ++i) {
        const T* row = &starts.flat(i);
        std::int64_t best = 0;
        for (std::int64_t j = 1; j < x.shape[axis]; ++j) {
          const T value = row[j * x.strides[axis]], leader = row[best * x.strides[axis]];
          if (leader != leader) break;
          if ((Largest ? value > leader : value < leader) || value != value) best = j;
        }
        call.buffers.out<std::int64_t>(0)[i] = best;
      }
    });
  }
  static std::vector<Sample> samples() {
    auto along = [](std::int64_t axis, bool keepdims = false) { return percept::Attrs::of(Attrs{axis, keepdims}); };
    return {{.attrs = along(1),
             .inputs = {{{2, 3}, {1, 5, 5, 4, 0, 0}}},
             .expect = Largest ? std::vector<double>{1, 0} : std::vector<double>{0, 1}},
            {.attrs = along(0, true), .inputs = {{{3, 2}}}},
            {.attrs = along(-1), .inputs = {{{1, 1}}}},
            {.attrs = along(1), .inputs = {{{0, 2}}}},
            {.attrs = along(0), .inputs = {{{0, 2}}}, .error = "is empty"},
            {.attrs = along(2), .inputs = {{{3, 2}}}, .error = "axis 2 is out of range"}};
  }
};

}  // namespace

Tensor argmax(Arg x, int axis, bool keepdims) {
  return apply_one<ArgExtreme<true>>({axis, keepdims}, {x.tensor()}, x.site());
}
Tensor argmin(Arg x, int axis, bool keepdims) {
  return apply_one<ArgExtreme<false>>({axis, keepdims}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_argmax() { return {&op_of<ArgExtreme<true>>(), &op_of<ArgExtreme<false>>()}; }

}  // namespace percept
