// reshape.cpp - the same elements under another shape: a view where the strides allow it, else a copy.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// The shape with its -1 worked out. ShapeError when the number of elements differs.
Shape settled(const Shape& from, const Shape& wanted) {
  const std::int64_t count = checked_numel(from);
  Shape shape = wanted;
  int open = -1;
  std::int64_t known = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1 && open < 0)
      open = static_cast<int>(i);
    else if (shape[i] < 0)
      throw ShapeError("reshape: shape " + str(wanted) + " has a negative size",
                       "use sizes >= 0, at most one of them -1");
    else
      known = checked_mul(known, shape[i]);
  }
  if (open >= 0 && known != 0) shape[static_cast<std::size_t>(open)] = count / known;
  if ((open >= 0 && known == 0) || checked_numel(shape) != count)
    throw ShapeError("reshape: " + str(from) + " cannot take shape " + str(wanted),
                     "the number of elements must stay " + std::to_string(count));
  return shape;
}

// Strides of `shape` over the same memory, if there are any: every run of new axes must cover a run of old axes whose
// strides fit together.
std::optional<Strides> view_strides(const Spec& x, const Shape& shape) {
  if (x.is_contiguous()) return contiguous_strides(shape);
  Strides strides(shape.size(), 1);
  std::size_t o = 0, n = 0;
  while (o < x.shape.size() || n < shape.size()) {
    std::size_t o_end = o, n_end = n;
    std::int64_t old_count = 1, new_count = 1;
    do {  // grow both runs until they hold the same number of elements
      if (old_count <= new_count && o_end < x.shape.size())
        old_count *= x.shape[o_end++];
      else if (n_end < shape.size())
        new_count *= shape[n_end++];
      else
        break;
    } while (old_count != new_count || old_count == 0);
    if (old_count != new_count) return {};
    std::int64_t step = 1, inner = 1;
    bool first = true;
    for (std::size_t i = o_end; i-- > o;) {
      if (x.shape[i] == 1) continue;
      if (first)
        step = x.strides[i];
      else if (x.strides[i] != step * inner)
        return {};
      first = false;
      inner *= x.shape[i];
    }
    for (std::size_t i = n_end; i-- > n;) {
      strides[i] = step;
      step *= shape[i];
    }
    o = o_end;
    n = n_end;
  }
  return strides;
}

struct Reshape {
  struct Attrs {
    Dims shape;
  };
  static constexpr std::string_view name = "reshape";
  static constexpr std::string_view doc =
      "The elements of x, in row-major order of its logical shape, under another shape of as many elements; one size "
      "may\n"
      "be -1. Shares x's memory; where the strides do not allow that, the public function copies x first.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::view;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    Shape shape = settled(in[0].shape, attrs.as<Attrs>().shape);
    auto strides = view_strides(in[0], shape);
    if (!strides)
      throw ShapeError("reshape: strides " + str(in[0].strides) + " of " + str(in[0].shape) +
                           " do not allow a view as " + str(shape),
                       "copy x first: reshape(contiguous(x), shape)");
    return {{in[0].dtype, std::move(shape), std::move(*strides), in[0].offset, in[0].device}};
  }
  static Grads backward(const BackwardContext& c) { return {reshape(c.grad(), c.input_spec(0).shape)}; }
  static std::vector<Sample> samples() {
    auto to = [](Dims shape) { return percept::Attrs::of(Attrs{std::move(shape)}); };
    return {{.attrs = to({3, 2}), .inputs = {{{2, 3}}}, .expect = {0, 1, 2, 3, 4, 5}},
            {.attrs = to({-1}), .inputs = {{{2, 3}}}},
            {.attrs = to({2, 1, 3, 1}), .inputs = {{{2, 3}}}},
            {.attrs = to({}), .inputs = {{{1, 1}}}},
            {.attrs = to({0, 5}), .inputs = {{{0, 3}}}},
            {.attrs = to({4}), .inputs = {{{2, 3}}}, .error = "must stay 6"},
            {.attrs = to({-1, -1}), .inputs = {{{2, 3}}}, .error = "negative size"},
            {.attrs = to({-1, 0}), .inputs = {{{2, 3}}}, .error = "cannot take shape"}};
  }
};

}  // namespace

Tensor reshape(Arg x, const Shape& shape) {
  Tensor input = x.tensor();
  if (input.defined()) {
    try {
      if (!view_strides(input.spec(), settled(input.shape(), shape)))
        input = contiguous(Arg(input, x.site().file, x.site().line));
    } catch (const Error&) {
      // refused below by infer, with the caller's line
    }
  }
  return apply_one<Reshape>({shape}, {input}, x.site());
}

Tensor unsqueeze(Arg x, int axis) {
  Shape shape = x.tensor().shape();
  shape.insert(static_cast<std::size_t>(checked_axis(axis, shape.rank() + 1, "unsqueeze")), 1);
  return reshape(x, shape);
}

Tensor squeeze(Arg x, int axis) {
  Shape shape = x.tensor().shape();
  const auto at = static_cast<std::size_t>(checked_axis(axis, shape.rank(), "squeeze"));
  if (shape[at] != 1)
    throw ShapeError(
        "squeeze: axis " + std::to_string(axis) + " of " + str(shape) + " has size " + std::to_string(shape[at]),
        "only an axis of size 1 can be dropped");
  shape.erase(at);
  return reshape(x, shape);
}

Tensor flatten(Arg x, int start_axis) {
  const Shape from = x.tensor().shape();
  const int start = checked_axis(start_axis, std::max(from.rank(), 1), "flatten");
  Shape shape;
  for (int i = 0; i < start; ++i) shape.push_back(from[static_cast<std::size_t>(i)]);
  std::int64_t rest = 1;
  for (int i = start; i < from.rank(); ++i) rest = checked_mul(rest, from[static_cast<std::size_t>(i)]);
  shape.push_back(rest);
  return reshape(x, shape);
}

std::vector<const Op*> ops_reshape() { return {&op_of<Reshape>()}; }

}  // namespace percept
